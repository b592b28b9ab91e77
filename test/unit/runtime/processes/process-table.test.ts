import { once } from 'node:events';
import { expect, it } from 'vitest';
import { groupMembers, hasProc, isProcess, startTimeOf } from '../../../../src/runtime/process-table.ts';
import { coalesce } from '../../../../src/runtime/processes/coalesce.ts';
import { isDebugged } from '../../../../src/runtime/processes/debugged.ts';
import { procReader } from '../../../../src/runtime/processes/proc-reader.ts';
import { psReader, psSeconds } from '../../../../src/runtime/processes/ps-reader.ts';
import { listeningPorts, portOwner } from '../../../../src/runtime/processes/sockets.ts';
import { eventually } from '../../../rig/wait.ts';
import { child, firstLine } from '../support.ts';

const readers = hasProc ? { proc: procReader, ps: psReader } : { ps: psReader };

it.each(Object.entries(readers))('%s shows a process, its group, its command', async (_name, reader) => {
  const leader = child('sh', ['-c', 'sleep 610 & echo up; exec sleep 611']);
  await firstLine(leader);
  const group = async () => (await reader.rows()).filter((row) => row.pgid === leader.pid);
  // One that is just becoming another program has no memory.
  await eventually('both to sleep', async () => (await group()).every((row) => row.memoryBytes > 0));
  const rows = await group();
  expect(rows.length).toBe(2);
  const own = rows.find((row) => row.pid === leader.pid)!;
  expect(own).toMatchObject({ ppid: process.pid, zombie: false });
  expect(own.memoryBytes).toBeGreaterThan(100_000);
  expect(await reader.command(leader.pid!)).toMatch(/sleep 61[01]/);
  expect((await reader.rowsOf([leader.pid!, 2 ** 22 - 1])).map((row) => [row.pid, row.start])).toEqual([
    [own.pid, own.start],
  ]);
  expect(await reader.command(2 ** 22 - 1)).toBeNull();
});

it('the two readers agree', async () => {
  if (!hasProc) return;
  for (const end = performance.now() + 100; performance.now() < end; );
  const [[proc], [ps]] = await Promise.all([procReader.rowsOf([process.pid]), psReader.rowsOf([process.pid])]);
  expect({ pid: proc!.pid, ppid: proc!.ppid, pgid: proc!.pgid }).toEqual({
    pid: ps!.pid,
    ppid: ps!.ppid,
    pgid: ps!.pgid,
  });
  expect(Math.abs(proc!.cpuSeconds - ps!.cpuSeconds)).toBeLessThan(3);
  expect(proc!.memoryBytes / ps!.memoryBytes).toBeGreaterThan(0.5);
  expect(proc!.memoryBytes / ps!.memoryBytes).toBeLessThan(2);
});

it('reads times as ps writes them', () => {
  expect(['0:01', '1:02:03', '2-01:00:00', '0:01.50'].map(psSeconds)).toEqual([1, 3723, 176_400, 1.5]);
});

it('pid and start name one process', async () => {
  const one = child('sh', ['-c', 'echo up; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await firstLine(one);
  const start = startTimeOf(one.pid!)!;
  expect(isProcess(one.pid!, start)).toBe(true);
  expect(isProcess(one.pid!, `${start}0`)).toBe(false);
  one.stdin!.end();
  await once(one, 'exit');
  expect(startTimeOf(one.pid!)).toBeNull();
  expect(isProcess(one.pid!, start)).toBe(false);
});

it('a group whose number has been given to a new process is empty', async () => {
  const leader = child('sh', ['-c', 'echo up; exec sleep 612']);
  await firstLine(leader);
  expect((await groupMembers(leader.pid!, false)).map((row) => row.pid)).toEqual([leader.pid]);
  // We were told that the leader has been reaped; so this one is another.
  expect(await groupMembers(leader.pid!, true)).toEqual([]);
});

it('knows who listens where, on either loopback address', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    const server = child(process.execPath, [
      '-e',
      `require('net').createServer().listen(0, '${host}', function () { console.log(this.address().port) })`,
    ]);
    const port = Number(await firstLine(server));
    expect(await listeningPorts([server.pid!])).toEqual([port]);
    expect(await listeningPorts([process.pid, server.pid!])).toContain(port);
    const owner = await portOwner(port);
    expect(owner!.pid).toBe(server.pid);
    expect(owner!.command).toMatch(/-e require/);
  }
  expect(await listeningPorts([])).toEqual([]);
  expect(await portOwner(1)).toBeNull();
});

it('a process that is merely stopped is not debugged', async () => {
  const stopped = child('sh', ['-c', 'echo up; exec sleep 613']);
  await firstLine(stopped);
  stopped.kill('SIGSTOP');
  expect(isDebugged([stopped.pid!, process.pid])).toBe(false);
});

it('a shared look begins after each caller’s call', async () => {
  let begun = 0;
  let release = (): void => {};
  const look = coalesce(async () => {
    begun += 1;
    const mine = begun;
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return mine;
  });
  const first = look();
  await Promise.resolve();
  const [second, third] = [look(), look()];
  expect(begun).toBe(1);
  release();
  expect(await first).toBe(1);
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  release();
  expect(await Promise.all([second, third])).toEqual([2, 2]);
});
