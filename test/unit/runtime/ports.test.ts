import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MsvcError } from '../../../src/model/error.ts';
import { freeNow } from '../../../src/runtime/ports/free-now.ts';
import { listeningPorts } from '../../../src/runtime/ports/listening.ts';
import { isPortFree } from '../../../src/runtime/ports/port-free.ts';
import { autoRange, ephemeralStart, isWellKnown } from '../../../src/runtime/ports/range.ts';
import { PortLedger, type PortLedgerOptions } from '../../../src/runtime/ports.ts';
import { runtimeDir, runtimeDirPath } from '../../../src/runtime/runtime-dir.ts';
import { skipIf } from '../../rig/skip.ts';
import { eventually } from '../../rig/wait.ts';
import { child, firstLine, programOf, tempDir } from './support.ts';

function ledger(options: Partial<PortLedgerOptions> = {}): PortLedger {
  const one = new PortLedger({ runtimeDir: tempDir(), stateDir: tempDir(), ...options });
  onTestFinished(() => one.close());
  return one;
}

/** A pid beyond what Linux gives out. */
const DEAD = 2 ** 22 - 1;

/** A server of this very process. */
async function listen(host: string, port = 0): Promise<number> {
  const server = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  onTestFinished(() => void server.close());
  return (server.address() as net.AddressInfo).port;
}

async function failure(promise: Promise<unknown>): Promise<MsvcError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MsvcError);
  return error as MsvcError;
}

const of = { service: 'web', place: { file: '/project/msvc.yaml', line: 4, column: 11 } };

describe('auto ports', () => {
  it('lie below those the system gives to outgoing connections', async () => {
    const port = await ledger().claim('service:web.1');
    expect(port).toBeLessThan(ephemeralStart());
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(autoRange(32_768)).toEqual({ from: 20_000, to: 32_767 });
    expect(autoRange(60_000)).toEqual({ from: 20_000, to: 49_151 });
    expect(autoRange(1024)).toEqual({ from: 20_000, to: 32_767 });
    expect(isWellKnown(27017)).toBe(true);
  });

  it('stay the same from run to run', async () => {
    const dirs = { runtimeDir: tempDir(), stateDir: tempDir() };
    const keys = ['service:web.1', 'service:web.2', 'edge:web>api'];
    const first = new PortLedger(dirs);
    const ports = await Promise.all(keys.map((key) => first.claim(key)));
    expect(new Set(ports).size).toBe(3);
    await first.close();
    const second = ledger(dirs);
    const again: number[] = [];
    for (const key of [...keys].reverse()) again.unshift(await second.claim(key));
    expect(again).toEqual(ports);
    expect(Object.keys(JSON.parse(readFileSync(path.join(dirs.stateDir, 'ports.json'), 'utf8')).ports)).toEqual(keys);
    expect(readdirSync(dirs.stateDir)).toEqual(['ports.json']);
  });

  it('move away from a stranger, for good, and name it', async () => {
    const dirs = { runtimeDir: tempDir(), stateDir: tempDir() };
    const first = new PortLedger(dirs);
    const port = await first.claim('web.1');
    expect(await first.move(port)).toBeNull();
    await listen('127.0.0.1', port);
    const moved = await first.move(port);
    expect(moved).toEqual({ port: expect.any(Number), pid: process.pid, command: expect.stringContaining('node') });
    expect(moved!.port).not.toBe(port);
    // It is held by nobody, and the new one by this key.
    expect(await first.move(port)).toBeNull();
    await first.close();
    expect(await ledger(dirs).claim('web.1')).toBe(moved!.port);
  });

  it('that were foreseen are those that are claimed then', async () => {
    const dirs = { runtimeDir: tempDir(), stateDir: tempDir() };
    const first = new PortLedger(dirs);
    const before = await Promise.all(['web.1', 'web.2'].map((key) => first.claim(key)));
    await first.close();
    const again = ledger(dirs);
    const held = await again.claim('web.2');
    again.foresee(['web.1', 'web.2', 'edge:web>api']);
    const [web, api] = await Promise.all(['web.1', 'edge:web>api'].map((key) => again.claim(key)));
    expect([web, held]).toEqual(before);
    // Held since it was foreseen, by this key alone: whoever asks for it again gets another.
    expect(new Set([web, held, api, await again.claim('web.1'), await again.claim('web.2')]).size).toBe(5);
  });

  it('that were foreseen and are not wanted any more are given back', async () => {
    const runtimeDir = tempDir();
    const own = ledger({ runtimeDir });
    const held = (): string[] => readdirSync(path.join(runtimeDir, 'ports')).filter((name) => !name.startsWith('lock'));
    // What an `up` foresaw that came to nothing; the next one wants nothing of the kind.
    own.foresee(['old.1']);
    await eventually('it to be held', () => held().length === 1);
    own.foresee([]);
    await eventually('it to be given back', () => held().length === 0);
  });

  it('that could not be met are met at the next try, under the same key', async () => {
    const runtimeDir = tempDir();
    const own = ledger({ runtimeDir });
    const port = await own.claim('web.1');
    own.release(port);
    const folder = path.join(runtimeDir, 'ports');
    await eventually('the claims to be written', () => readdirSync(folder).length === 0);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'in the way');
    await expect(own.claim('web.1')).rejects.toMatchObject({ code: 'EEXIST' });
    rmSync(folder);
    mkdirSync(folder);
    expect(await own.claim('web.1')).toBe(port);
  });

  it('are still given, kept and given back when the folder of the reservations was removed', async () => {
    const runtimeDir = tempDir();
    const own = ledger({ runtimeDir });
    const [first, second] = [await own.claim('web.1'), await own.claim('web.2')];
    // As a machine does that clears its temporary folders, or the session's at a logout.
    rmSync(runtimeDir, { recursive: true });
    own.release(first);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(await own.claim('web.1')).toBe(first);
    const other = ledger({ runtimeDir, range: { from: first, to: first } });
    await expect(other.claim('any')).rejects.toMatchObject({ code: 'MSVC_NO_FREE_PORT' });
    expect(second).not.toBe(first);
  });

  it('stay the same even without the memory, when nobody is in the way', async () => {
    const stateDir = tempDir();
    const [one, two] = [new PortLedger({ runtimeDir: tempDir(), stateDir }), { stateDir, runtimeDir: tempDir() }];
    const port = await one.claim('service:web.1');
    await one.close();
    writeFileSync(path.join(stateDir, 'ports.json'), 'broken');
    expect(await ledger(two).claim('service:web.1')).toBe(port);
  });

  it('are two for a key that is claimed twice at once, and both are remembered', async () => {
    const one = ledger();
    const [first, second] = await Promise.all([one.claim('service:web.1'), one.claim('service:web.1')]);
    expect(first).not.toBe(second);
    one.release(first);
    expect(await one.claim('service:web.1')).toBe(first);
    one.release(second);
    expect(await one.claim('service:web.1')).toBe(second);
  });

  it('avoid what is in use, on either loopback address, and the definition’s own fixed ones', async () => {
    const base = await listen('127.0.0.1');
    const range = { from: base, to: base + 3 };
    const v6 = await listen('::1', base + 1).catch(() => null);
    const one = ledger({ range });
    one.avoid([base + 2]);
    if (v6 === null) return;
    expect(await isPortFree(base)).toBe(false);
    expect(await isPortFree(base + 1)).toBe(false);
    const error = await failure(
      (async () => {
        expect(await one.claim('a')).toBe(base + 3);
        await one.claim('b');
      })(),
    );
    expect(error.code).toBe('MSVC_NO_FREE_PORT');
    expect(error.facts).toMatchObject({ from: base, to: base + 3 });
  });

  it('are never given to two projects, however many claim at the same moment', async () => {
    const shared = tempDir();
    const range = { from: 21_000, to: 21_399 };
    const program = await programOf(`
import { PortLedger } from '#src/runtime/ports.ts';
const [runtimeDir, stateDir] = process.argv.slice(2);
const ledger = new PortLedger({ runtimeDir, stateDir, range: ${JSON.stringify(range)} });
const ports = await Promise.all(Array.from({ length: 40 }, (_, i) => ledger.claim('service:web.' + i)));
process.stdout.write(JSON.stringify(ports) + '\\n');
setInterval(() => {}, 1e6);
`);
    // What an engine left that is gone, with all of the range, and one that died while it wrote.
    mkdirSync(path.join(shared, 'ports'));
    const all = Array.from({ length: range.to - range.from + 1 }, (_, i) => range.from + i);
    const dead = { pid: DEAD, start: '1', project: 'x', ports: all };
    writeFileSync(path.join(shared, 'ports', `0123456789abcdef.${DEAD}`), JSON.stringify(dead));
    writeFileSync(path.join(shared, 'ports', `fedcba9876543210.${DEAD}.new`), '{');
    writeFileSync(path.join(shared, 'ports', 'lock'), `${DEAD} 1`);
    const engines = Array.from({ length: 4 }, () => child(process.execPath, [program, shared, tempDir()]));
    const ports = (await Promise.all(engines.map(firstLine))).flatMap((line) => JSON.parse(line) as number[]);
    expect(ports.length).toBe(160);
    expect(new Set(ports).size).toBe(160);
    // Of the dead nothing is left.
    const claims = engines.map(({ pid }) => expect.stringMatching(new RegExp(`^[0-9a-f]{16}\\.${pid}$`)));
    const left = readdirSync(path.join(shared, 'ports')).sort();
    expect(left).toHaveLength(4);
    expect(left).toEqual(expect.arrayContaining(claims));
  });

  it('that are given back one by one at the end are written down when that takes long, and are gone after it', async () => {
    const runtimeDir = tempDir();
    const one = ledger({ runtimeDir });
    const [first, second] = await Promise.all([one.claim('a'), one.claim('b')]);
    const folder = path.join(runtimeDir, 'ports');
    const written = (): unknown[] =>
      readdirSync(folder).map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')).ports);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    one.ending();
    one.release(first);
    await new Promise((resolve) => setImmediate(resolve));
    expect(written()).toEqual([[first, second]]);
    vi.runAllTimers();
    expect(written()).toEqual([[second]]);
    one.release(second);
    await one.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('can be had after an engine was killed in the middle of a claim, and its own too', async () => {
    const shared = tempDir();
    const program = await programOf(`
import { PortLedger } from '#src/runtime/ports.ts';
import { Reservations } from '#src/runtime/ports/reservations.ts';
const [runtimeDir, stateDir] = process.argv.slice(2);
const range = { from: 21_500, to: 21_501 };
const ledger = new PortLedger({ runtimeDir, stateDir, range });
await ledger.claim('a');
await new Reservations(runtimeDir, stateDir + '/other').take(() => {
  process.stdout.write('in it\\n');
  for (;;);
});
`);
    const engine = child(process.execPath, [program, shared, tempDir()]);
    expect(await firstLine(engine)).toBe('in it');
    expect(readdirSync(path.join(shared, 'ports'))).toContain('lock');
    const one = ledger({ runtimeDir: shared, range: { from: 21_500, to: 21_501 } });
    const claims = Promise.all([one.claim('a'), one.claim('b')]);
    engine.kill('SIGKILL');
    expect((await claims).sort()).toEqual([21_500, 21_501]);
    expect(readdirSync(path.join(shared, 'ports'))).toHaveLength(1);
  });

  it('are found in use by one look at the table of the kernel, and by a trial that does not wait, as by listening', async (context) => {
    const listening = listeningPorts();
    skipIf(context, listening === null && 'a /proc/net/tcp');
    for (const host of ['127.0.0.1', '0.0.0.0', '::1', '::']) {
      const port = await listen(host).catch(() => null);
      // No IPv6 here.
      if (port === null) continue;
      expect(listeningPorts()?.has(port)).toBe(true);
      expect(freeNow()?.(port)).toBe(false);
      expect(await isPortFree(port)).toBe(false);
    }
    const port = await ledger().claim('free');
    expect(listeningPorts()?.has(port)).toBe(false);
    expect(freeNow()?.(port)).toBe(true);
    expect(await isPortFree(port)).toBe(true);
  });

  it('are given back, and nothing is left of a reservation', async () => {
    const dir = tempDir();
    const one = ledger({ runtimeDir: dir });
    const port = await one.claim('a');
    await one.claim('b');
    const held = (): number[] => {
      const [file = ''] = readdirSync(path.join(dir, 'ports'));
      return JSON.parse(readFileSync(path.join(dir, 'ports', file), 'utf8')).ports;
    };
    expect(held()).toHaveLength(2);
    expect(held()).toContain(port);
    one.release(port);
    await new Promise((resolve) => setImmediate(resolve));
    expect(held()).toHaveLength(1);
    expect(held()).not.toContain(port);
    await one.close();
    expect(readdirSync(path.join(dir, 'ports'))).toEqual([]);
  });

  it('work when the memory cannot be written, and say so', async () => {
    const file = path.join(tempDir(), 'file');
    writeFileSync(file, '');
    const errors: Error[] = [];
    const one = ledger({ stateDir: path.join(file, 'state'), onWriteFailed: (error) => errors.push(error) });
    expect(await one.claim('a')).toBeGreaterThan(0);
    await one.close();
    expect(errors.map((error) => (error as NodeJS.ErrnoException).code)).toEqual(['ENOTDIR']);
  });
});

describe('a fixed port', () => {
  it('that is taken is refused, naming who has it', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const owner = child(process.execPath, [
        '-e',
        `require('http').createServer().listen(0, '${host}', function () { console.log(this.address().port) })`,
      ]);
      const port = Number(await firstLine(owner));
      const error = await failure(ledger().claimFixed(port, of));
      expect(error.code).toBe('MSVC_PORT_TAKEN');
      expect(error.facts).toMatchObject({ port, pid: owner.pid, service: 'web' });
      expect(error.facts.command).toMatch(/-e require/);
      expect(error.place).toEqual(of.place);
      expect(error.hint).toBeDefined();
    }
  });

  it('that another project has reserved is refused, naming its engine', async () => {
    const runtime = tempDir();
    const [one, two] = [
      ledger({ runtimeDir: runtime, stateDir: '/one' }),
      ledger({ runtimeDir: runtime, stateDir: '/two' }),
    ];
    const port = await one.claim('a');
    // Two ledgers of one process stand for two engines here; each has files of its own.
    const error = await failure(two.claimFixed(port, of));
    expect(error.facts).toMatchObject({ port, pid: process.pid, project: '/one' });
  });

  it('can be claimed again by its holder, as long as nobody listens there', async () => {
    const port = await ledger().claim('free');
    const one = ledger();
    await one.claimFixed(port, of);
    await one.claimFixed(port, of);
    await listen('127.0.0.1', port);
    expect((await failure(one.claimFixed(port, of))).facts.pid).toBe(process.pid);
  });
});

describe('the gateway', () => {
  it('has its preferred port when that is free, and says when it had to move', async () => {
    const taken = await listen('127.0.0.1');
    const one = ledger();
    expect(await one.claimGateway({ kind: 'auto', preferred: taken })).toMatchObject({ moved: true });
    const free = await ledger().claim('free');
    expect(await ledger().claimGateway({ kind: 'auto', preferred: free })).toEqual({
      port: free,
      moved: false,
    });
  });

  it('is not moved from a fixed one', async () => {
    const taken = await listen('127.0.0.1');
    const error = await failure(ledger().claimGateway({ kind: 'fixed', number: taken }));
    expect(error.code).toBe('MSVC_PORT_TAKEN');
    expect(error.facts).toMatchObject({ port: taken, pid: process.pid });
    expect(error.hint).toContain('--port');
    const free = await ledger().claim('free');
    expect((await ledger().claimGateway({ kind: 'fixed', number: free })).port).toBe(free);
  });

  it('of two projects at once is on two ports', async () => {
    const runtime = tempDir();
    const preferred = await ledger().claim('free');
    const ports = await Promise.all(
      [1, 2].map(() => ledger({ runtimeDir: runtime }).claimGateway({ kind: 'auto', preferred })),
    );
    expect(ports.map(({ moved }) => moved).sort()).toEqual([false, true]);
  });
});

describe('the runtime folder', () => {
  it('is the one of the session, or one of this user under the temporary folder', () => {
    const given = tempDir();
    expect(runtimeDirPath({ XDG_RUNTIME_DIR: given })).toBe(path.join(given, 'msvc'));
    expect(runtimeDirPath({ XDG_RUNTIME_DIR: path.join(given, 'none') })).toMatch(/\/msvc-\d+$/);
    expect(runtimeDirPath({ XDG_RUNTIME_DIR: 'relative' })).toMatch(/\/msvc-\d+$/);
    expect(runtimeDirPath({})).toMatch(/\/msvc-\d+$/);
    // A socket's path has room for some hundred bytes.
    const long = path.join(given, 'é'.repeat(45));
    mkdirSync(long);
    expect(runtimeDirPath({ XDG_RUNTIME_DIR: long }, given)).toBe(path.join(given, `msvc-${process.getuid?.()}`));
    expect(runtimeDirPath({}, long)).toBe(`/tmp/msvc-${process.getuid?.()}`);
  });

  it('is made for this user alone, and used again', () => {
    const dir = path.join(tempDir(), 'deep', 'msvc');
    expect(runtimeDir(dir)).toBe(dir);
    expect(runtimeDir(dir)).toBe(dir);
  });

  it('is refused when it is a link, a file, or open to others', () => {
    const base = tempDir();
    const unsafe = (dir: string, reason: RegExp) =>
      expect(() => runtimeDir(dir)).toThrowError(
        expect.objectContaining({
          code: 'MSVC_RUNTIME_DIR_UNSAFE',
          facts: { dir, reason: expect.stringMatching(reason) },
        }) as MsvcError,
      );
    symlinkSync(base, path.join(base, 'link'));
    unsafe(path.join(base, 'link'), /symbolic link/);
    symlinkSync(path.join(base, 'nowhere'), path.join(base, 'dangling'));
    unsafe(path.join(base, 'dangling'), /symbolic link/);
    writeFileSync(path.join(base, 'file'), '');
    unsafe(path.join(base, 'file'), /not a folder/);
    mkdirSync(path.join(base, 'open'));
    chmodSync(path.join(base, 'open'), 0o755);
    unsafe(path.join(base, 'open'), /others may enter/);
  });
});
