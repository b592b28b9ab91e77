import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lacks, skipIf } from '../../../rig/skip.ts';
import { eventually } from '../../../rig/wait.ts';
import { isGone, launchRequest, script, tempDir, testDriver } from '../support.ts';

/** Of the holders of terminals that this process has started. */
function holders(): string[] {
  const rows = execFileSync('ps', ['-eo', 'ppid=,pid=,comm='], { encoding: 'utf8' }).split('\n');
  const own = rows.map((row) => row.trim().split(/\s+/)).filter(([ppid]) => ppid === String(process.pid));
  return own.filter(([, , command]) => command === 'script').map(([, pid]) => pid!);
}

describe('a process with a terminal', () => {
  const launch = async (command: string | readonly string[], environment = {}) => {
    const { driver, told } = testDriver();
    const request = launchRequest({ command, tty: true, stdinOpen: true, environment });
    return { running: await driver.launch(request), log: request.log, told };
  };

  it('has the pid of the program itself, leader of the session; guardian and ledger know both before it runs', async (context) => {
    skipIf(context, lacks('script'));
    const { running, log, told } = await launch('ps -o pid=,pgid=,sid= -p $$; exit 4');
    const [holder] = told;
    expect(told).toEqual([holder, `launched ${holder?.slice(2)}`, `+ ${running.pid}`, `launched ${running.pid}`]);
    expect(await running.exited).toEqual({ code: 4, signal: null });
    await running.drained;
    const { pid } = running;
    expect(log.stdout.trim().split(/\s+/)).toEqual([pid, pid, pid].map(String));
    await running.emptied;
    expect(told.slice(4)).toEqual([pid, holder?.slice(2)].flatMap((one) => [`- ${one}`, `gone ${one}`]));
  });

  it('gets its own environment: the shell and the marks are not those of the holder', async (context) => {
    skipIf(context, lacks('script'));
    const { running, log } = await launch('echo "$SHELL $MSVC_INSTANCE $TERM"', { SHELL: "/bin/it's", TERM: 'vt100' });
    await running.drained;
    expect(log.stdout).toBe("/bin/it's web.1@1 vt100\r\n");
    const plain = await launch('echo "${SHELL-none} $TERM"');
    await plain.running.drained;
    expect(plain.log.stdout).toBe('none xterm-256color\r\n');
  });

  it('hands words on as they are', async (context) => {
    skipIf(context, lacks('script'));
    const words = ['a b', '$HOME', '"', "'", '*', '', '\\'];
    const { running, log } = await launch(['node', '-p', 'JSON.stringify(process.argv.slice(1))', '--', ...words]);
    await running.drained;
    expect(JSON.parse(log.stdout)).toEqual(words);
  });

  it('tells a signal from a code, and leaves no holder behind, whichever of the two is killed', async (context) => {
    skipIf(context, lacks('script'));
    const first = await launch('trap "" TERM HUP; echo ready; while :; do sleep 1; done');
    await eventually('it to run', () => first.log.stdout.includes('ready'));
    first.running.signal('SIGTERM');
    await first.running.kill();
    expect(await first.running.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await first.running.emptied;
    const second = await launch('echo ready; while :; do sleep 1; done');
    await eventually('it to run', () => second.log.stdout.includes('ready'));
    const [holder] = holders();
    process.kill(Number(holder), 'SIGKILL');
    await second.running.exited;
    await second.running.kill();
    await second.running.emptied;
    expect(isGone(second.running.pid)).toBe(true);
    await eventually('no holder', () => holders().length === 0);
  });

  it('needs `script`, and says so before anything runs', async () => {
    const { driver, told } = testDriver();
    const request = launchRequest({ command: ['/bin/sh'], tty: true, environment: { PATH: '/nowhere' } });
    await expect(driver.launch(request)).rejects.toMatchObject({
      code: 'MSVC_INTERPRETER_MISSING',
      facts: { program: 'script' },
    });
    expect(told).toEqual([]);
  });

  it.each([
    ['ends at once', 'exit 1'],
    ['says nothing and stays', 'exec 3>&-; exec sleep 1000'],
    ['makes no terminal and stays', 'echo "$$ not a tty" >&3; sleep 1000'],
  ])('leaves nothing of a launch whose `script` %s', async (_how, text) => {
    const bin = tempDir();
    script(bin, 'script', `#!/bin/sh\n${text}\n`);
    const { driver, told } = testDriver();
    const request = launchRequest({ command: 'true', tty: true, environment: { PATH: `${bin}:${process.env.PATH}` } });
    const before = sockets();
    await expect(driver.launch(request)).rejects.toMatchObject({ code: 'MSVC_LAUNCH_FAILED' });
    const [pid] = told.map((line) => Number(line.slice(2)));
    expect(told).toEqual([`+ ${pid}`, `launched ${pid}`, `- ${pid}`, `gone ${pid}`]);
    expect(isGone(pid!)).toBe(true);
    await eventually('its descriptors to be closed', () => sockets() === before);
  });

  it('keeps no connection to the holder of a terminal that runs', async (context) => {
    skipIf(context, lacks('script'));
    const before = sockets();
    const { log } = await launch('echo ready; exec sleep 1000');
    await eventually('it to run', () => log.stdout.includes('ready'));
    await eventually('the connection to be closed', () => sockets() === before);
  });
});

/** Descriptors that Node's pipes to children are. */
function sockets(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}
