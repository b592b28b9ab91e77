/** What every driver owes the supervisor, whatever runs: called by the test file of each driver. */
import net from 'node:net';
import { beforeEach, describe, expect, it, type TestContext } from 'vitest';
import type { Driver, LaunchRequest, Running } from '../../src/runtime/drivers/driver.ts';
import { skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';
import type { MemoryLog } from '../unit/runtime/support.ts';

export interface Launch {
  /** Run by a POSIX shell. */
  readonly script: string;
  readonly port?: number;
  readonly run?: string;
  readonly tty?: boolean;
  readonly stdinOpen?: boolean;
}

export interface DriverHarness {
  readonly name: Driver['kind'];
  /** Why it cannot be tested here. */
  readonly lacking: () => Promise<string | false>;
  readonly driver: () => Driver;
  readonly request: (launch: Launch) => LaunchRequest & { readonly log: MemoryLog };
  /** Ends what a run has left whose engine is gone. @returns how many */
  readonly sweep: (run: string) => Promise<number>;
}

export function driverContract({ name, lacking, driver, request, sweep }: DriverHarness): void {
  describe(`the contract of a driver: ${name}`, () => {
    beforeEach(async (context: TestContext) => skipIf(context, await lacking()));

    const launch = async (what: Launch): Promise<{ running: Running; log: MemoryLog }> => {
      const asked = request(what);
      return { running: await driver().launch(asked), log: asked.log };
    };
    const said = (log: MemoryLog, words: string) =>
      eventually(`"${words}" to be said`, () => log.stdout.includes(words));

    it('keeps both streams apart, each whole and in order, from the first byte to the last', async () => {
      const script =
        'echo first; i=0; while [ $i -lt 5000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done; echo last';
      const { running, log } = await launch({ script });
      await running.drained;
      const lines = (word: string) => Array.from({ length: 5000 }, (_, i) => `${word} ${i}\n`).join('');
      expect(log.stdout).toBe(`first\n${lines('out')}last\n`);
      expect(log.stderr).toBe(lines('err'));
    });

    it('loses nothing of a program that says a word and is gone', async () => {
      for (let round = 0; round < 3; round++) {
        const { running, log } = await launch({ script: `echo word ${round}` });
        await Promise.all([running.exited, running.emptied, running.drained]);
        expect(log.stdout).toBe(`word ${round}\n`);
      }
    });

    it('tells exit codes and signals apart', async () => {
      for (const code of [0, 1, 7]) {
        const { running } = await launch({ script: `exit ${code}` });
        expect(await running.exited).toEqual({ code, signal: null });
      }
      const { running } = await launch({ script: 'kill -9 $$; sleep 60' });
      // Process 1 of a container cannot be killed from inside; then from outside.
      setTimeout(() => void running.kill(), 500);
      expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' });
      await running.emptied;
    });

    it('passes a signal on', async () => {
      const { running, log } = await launch({
        script: 'trap "echo asked; exit 3" TERM; echo ready; while :; do sleep 0.05; done',
      });
      await said(log, 'ready');
      running.signal('SIGTERM');
      expect(await running.exited).toEqual({ code: 3, signal: null });
      await running.drained;
      expect(log.stdout).toContain('asked');
    });

    it('kills the whole tree, also what ignores being asked', async () => {
      const { running, log } = await launch({
        script: '(trap "" TERM; sleep 600) & (trap "" TERM; sleep 600) & trap "" TERM; echo ready; wait; sleep 600',
      });
      await said(log, 'ready');
      await eventually('all of it to be seen', async () => (await running.members()).length >= 3);
      running.signal('SIGTERM');
      await running.kill();
      await running.emptied;
      expect(await running.members()).toEqual([]);
      expect((await running.exited).signal).toBe('SIGKILL');
    });

    it('a signal or a kill that comes too late does nothing', async () => {
      const { running } = await launch({ script: 'exit 0' });
      await running.emptied;
      running.signal('SIGTERM');
      expect(await running.kill()).toEqual([]);
      expect(await running.usage()).toBeNull();
    });

    it('says where its port is reached from this machine', async () => {
      const port = 18_000 + (process.pid % 1000);
      const { running } = await launch({ script: `exec busybox httpd -f -p ${port} -h /`, port });
      const { hosts, portOf } = running.reach;
      await eventually('a connection', async () => {
        for (const host of hosts) if (await connects(host, portOf(port))) return true;
        return false;
      });
      await running.kill();
      await running.emptied;
    });

    it('tells what it uses', async () => {
      const { running, log } = await launch({
        script: 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; sleep 600',
      });
      await said(log, 'done');
      const usage = await running.usage();
      expect(usage?.memoryBytes).toBeGreaterThan(10_000);
      expect(usage?.cpuSeconds).toBeGreaterThan(0);
      await running.kill();
      await running.emptied;
    });

    it('reads what is typed when its input is open, and tells who listens what it says', async () => {
      const { running, log } = await launch({
        script: 'printf "name? "; read name; echo "it is $name"',
        stdinOpen: true,
      });
      const { stdio } = running;
      expect(stdio?.isTerminal).toBe(false);
      await said(log, 'name?');
      const heard: string[] = [];
      stdio?.listen((stream, bytes) => heard.push(`${stream} ${bytes}`));
      // Who comes later sees the prompt that waits.
      expect(heard.join()).toContain('stdout name? ');
      await stdio?.write(Buffer.from('Ada\n'));
      expect(await running.exited).toEqual({ code: 0, signal: null });
      await running.drained;
      expect(heard.join('')).toContain('it is Ada');
      expect(log.stdout).toContain('it is Ada');
      await running.emptied;
    });

    it('gives a terminal to who asks for one: with a size, an echo, and Ctrl-C', async () => {
      const script =
        'trap "stty size" WINCH; trap "exit 3" INT; test -t 0 && test -t 1 && test -t 2 && echo ready; while :; do sleep 0.05; done';
      const { running, log } = await launch({ script, tty: true, stdinOpen: true });
      await said(log, 'ready');
      expect(running.stdio?.isTerminal).toBe(true);
      running.stdio?.resize(132, 43);
      await said(log, '43 132');
      await running.stdio?.write(Buffer.from('typed'));
      await said(log, 'typed');
      await running.stdio?.write(Buffer.from('\x03'));
      expect(await running.exited).toEqual({ code: 3, signal: null });
      await running.emptied;
      // Nobody is there to hear it.
      await running.stdio?.write(Buffer.from('late'));
    });

    it('has no stdio while its input is closed', async () => {
      const { running } = await launch({ script: 'read line; echo "code $?"' });
      expect(running.stdio).toBeUndefined();
      await running.emptied;
    });

    it('the same request can be launched again when it has ended', async () => {
      const asked = request({ script: 'echo once' });
      for (let round = 0; round < 2; round++) {
        const running = await driver().launch(asked);
        await Promise.all([running.emptied, running.drained]);
      }
      expect(asked.log.stdout).toBe('once\nonce\n');
    });

    it('what a run has left is known by its marks, and ended; another run’s is not', async () => {
      const left = await launch({ script: 'echo ready; sleep 600', run: `left-${process.pid}` });
      const other = await launch({ script: 'echo ready; sleep 600', run: `other-${process.pid}` });
      await Promise.all([said(left.log, 'ready'), said(other.log, 'ready')]);
      expect(await sweep(`left-${process.pid}`)).toBeGreaterThan(0);
      await left.running.emptied;
      expect((await other.running.members()).length).toBeGreaterThan(0);
      await other.running.kill();
      await other.running.emptied;
    });
  });
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
