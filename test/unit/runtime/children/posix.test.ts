import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, existsSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Posix, posix } from '../../../../src/runtime/children/posix.ts';
import { REPOSITORY } from '../../../rig/cli.ts';
import { lacks, skipIf } from '../../../rig/skip.ts';
import { eventually } from '../../../rig/wait.ts';
import { child, tempDir } from '../support.ts';

const lacking = process.platform === 'linux' ? lacks('cc') : 'compiled on Linux only';
const OUR_STREAMS = [-1, -1, -1];

function compiled(): Posix {
  const native = posix();
  expect(native, 'to be compiled by `npm ci` or `npm run build`').not.toBeNull();
  return native!;
}

describe('the compiled part', () => {
  it('makes pipes: reading never waits, writing does as programs expect', (context) => {
    skipIf(context, lacking);
    const ends = compiled().pipe();
    const [readFd, writeFd] = ends as [number, number];
    const bytes = Buffer.alloc(8);
    expect(() => readSync(readFd, bytes)).toThrow('EAGAIN');
    writeSync(writeFd, 'words');
    expect(readSync(readFd, bytes)).toBe(5);
    closeSync(writeFd);
    expect(readSync(readFd, bytes)).toBe(0);
    closeSync(readFd);
  });

  it('connects to a Unix socket and waits there, but not for ever', async (context) => {
    skipIf(context, lacking);
    const native = compiled();
    const socket = path.join(tempDir(), 's');
    const server = createServer((peer) => peer.on('error', () => {})).listen(socket);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const fd = native.dial(socket, 20);
    expect(fd).toBeGreaterThan(2);
    expect(() => readSync(fd, Buffer.alloc(8))).toThrow('EAGAIN');
    closeSync(fd);
    expect(native.dial(path.join(tempDir(), 'none'), 20)).toBe(-constants.errno.ENOENT);
    expect(native.dial(`/${'x'.repeat(200)}`, 20)).toBe(-constants.errno.ENAMETOOLONG);
    expect(() => native.dial('a\0b', 20)).toThrow(TypeError);
  });

  it('tells a terminal from what is none', (context) => {
    skipIf(context, lacking);
    const fd = openSync('/dev/ptmx', 'r+');
    expect(compiled().window(fd)).toBe(0);
    closeSync(fd);
    expect(compiled().window(fd)).toBeNull();
  });

  it('says why there is no process, by number', (context) => {
    skipIf(context, lacking);
    const native = compiled();
    const dir = tempDir();
    expect(native.spawn('/no/such', ['no'], [], '/', OUR_STREAMS, 0)).toBe(-constants.errno.ENOENT);
    expect(native.spawn(dir, ['dir'], [], '/', OUR_STREAMS, 0)).toBe(-constants.errno.EACCES);
    expect(native.spawn('/bin/sh', ['sh'], [], path.join(dir, 'gone'), OUR_STREAMS, 0)).toBe(-constants.errno.ENOENT);
  });

  it('launches by another thread alike: many at once, each with its own pid, or why there is none', async (context) => {
    skipIf(context, lacking);
    const native = compiled();
    const ends = Array.from({ length: 20 }, (_, code) =>
      native.launch('/bin/sh', ['sh', '-c', `exit ${code}`], [], '/', OUR_STREAMS, 0),
    );
    const refused = native.launch('/no/such', ['no'], [], '/', OUR_STREAMS, 0);
    const pids = await Promise.all(ends);
    expect(new Set(pids).size).toBe(20);
    for (const [code, pid] of pids.entries()) {
      let status: number | null = null;
      await eventually('it to have ended', () => {
        status = native.reap(pid);
        return status !== null;
      });
      expect(status).toBe(code);
    }
    expect(await refused).toBe(-constants.errno.ENOENT);
    expect(() => native.launch('/bin/sh\0', ['sh'], [], '/', OUR_STREAMS, 0)).toThrow(TypeError);
  });

  it('refuses what is no launch', (context) => {
    skipIf(context, lacking);
    const native = compiled();
    const misuse = { code: 'ERR_INVALID_ARG_VALUE' };
    expect(() => native.spawn('/bin/sh\0', ['sh'], [], '/', OUR_STREAMS, 0)).toThrow(expect.objectContaining(misuse));
    expect(() => native.spawn('/bin/sh', ['sh'], ['A=\0'], '/', OUR_STREAMS, 0)).toThrow(
      expect.objectContaining(misuse),
    );
    expect(() => native.spawn('/bin/sh', [1 as unknown as string], [], '/', OUR_STREAMS, 0)).toThrow(TypeError);
    for (const fds of [[-1, -1], [-1, -1, 1], Array.from({ length: 9 }, () => -1)]) {
      expect(() => native.spawn('/bin/sh', ['sh'], [], '/', fds, 0)).toThrow(TypeError);
    }
    expect(() => native.reap(-1)).toThrow(TypeError);
    expect(() => native.reap(process.ppid)).toThrow(expect.objectContaining({ code: 'ECHILD' }));
  });

  it('makes the table of descriptors for so many, where the limit allows them', (context) => {
    skipIf(context, lacking);
    const native = compiled();
    const tableOf = (room: number): number => {
      const pid = native.spawn('/bin/sleep', ['sleep', '600'], [], '/', OUR_STREAMS, room);
      onTestFinished(async () => {
        process.kill(pid, 'SIGKILL');
        await eventually('it to have ended', () => native.reap(pid) !== null);
      });
      return Number(/^FDSize:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
    };
    expect(tableOf(4096)).toBe(4096);
    expect(tableOf(0)).toBeLessThan(4096);
    // More than anybody may have.
    expect(tableOf(2 ** 30)).toBeLessThan(4096);
  });

  it('leaves to Node the children that are of Node', async (context) => {
    skipIf(context, lacking);
    const native = compiled();
    const ofNode = child('sh', ['-c', 'exit 7']);
    const pid = native.spawn('/bin/sh', ['sh', '-c', 'exit 9'], [], '/', OUR_STREAMS, 0);
    expect(await once(ofNode, 'exit')).toEqual([7, null]);
    let status: number | null = null;
    await eventually('the other to have ended', () => {
      status = native.reap(pid);
      return status !== null;
    });
    expect(status).toBe(9);
    expect(() => native.reap(pid)).toThrow('waited');
  });

  it('finds who has a variable in its environment, however large that is', (context) => {
    skipIf(context, lacking);
    const native = compiled();
    const launch = (...environment: string[]): number => {
      const pid = native.spawn('/bin/sleep', ['sleep', '600'], environment, '/', OUR_STREAMS, 0);
      onTestFinished(async () => {
        process.kill(pid, 'SIGKILL');
        await eventually('it to have ended', () => native.reap(pid) !== null);
      });
      return pid;
    };
    const large = Array.from({ length: 3 }, (_, i) => `LARGE${i}=${'x'.repeat(100_000)}`);
    const [first, last] = [launch('MARK=a1', 'OTHER='), launch(...large, 'MARK=a2')];
    const pids = [first, last, launch('OTHER=MARK=a', 'XMARK=a'), launch(), 2, 2 ** 30];
    expect(native.bear(pids, 'MARK=a')).toEqual([first, last]);
    expect(native.bear(pids, 'MARK=a2')).toEqual([last]);
    expect(native.bear([], 'MARK=')).toEqual([]);
    expect(() => native.bear(pids, 'MARK\0')).toThrow(TypeError);
  });

  it('ends this process at once, but not where Node has made a stream not wait', (context) => {
    skipIf(context, lacking);
    compiled();
    const file = path.join(REPOSITORY, `native/build/linux-${process.arch}/posix.node`);
    const leave = `const addon = { exports: {} }; process.dlopen(addon, '${file}');
      process.on('exit', () => require('node:fs').writeSync(2, 'told'));`;
    const end = (script: string) => spawnSync(process.execPath, ['-e', leave + script], { encoding: 'utf8' });
    expect(end('addon.exports.leave(7)')).toMatchObject({ status: 7, stderr: '' });
    expect(end("process.stdout.write(''); addon.exports.leave(7)")).toMatchObject({ status: 0, stderr: 'told' });
    expect(end('addon.exports.leave()').stderr).toContain('leave(code)');
  });

  it('is compiled once; where that fails the installation goes on without', (context) => {
    skipIf(context, lacking);
    const dir = tempDir();
    for (const part of ['native/posix.c', 'native/compile.mjs', 'node_modules/node-api-headers', 'package.json']) {
      cpSync(path.join(REPOSITORY, part), path.join(dir, part), { recursive: true });
    }
    const target = path.join(dir, `native/build/linux-${process.arch}/posix.node`);
    const compile = (compiler: string) =>
      spawnSync(process.execPath, [path.join(dir, 'native/compile.mjs')], {
        env: { ...process.env, CC: compiler },
        encoding: 'utf8',
      });

    const failed = compile('false');
    expect(failed.status).toBe(0);
    expect(failed.stderr).toMatch(/^msvc: .*not compiled \(false ended with 1: \).*\n$/);
    expect(existsSync(target)).toBe(false);
    // A build, which every `npx msvc` begins with, does not try that again.
    const build = `import('${path.join(dir, 'native/compile.mjs')}').then((native) => native.compileNative())`;
    const built = spawnSync(process.execPath, ['-e', build], { env: { ...process.env, CC: 'cc' }, encoding: 'utf8' });
    expect(built).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(target)).toBe(false);

    expect(compile('cc')).toMatchObject({ status: 0, stderr: '' });
    const { mtimeMs, ino } = statSync(target);
    // Current: no compiler is asked for.
    expect(compile('false')).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(target)).toMatchObject({ mtimeMs, ino });
  });
});
