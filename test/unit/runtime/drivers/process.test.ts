import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MsvcError } from '../../../../src/model/error.ts';
import type { Member } from '../../../../src/runtime/drivers/driver.ts';
import { skipIf } from '../../../rig/skip.ts';
import { eventually } from '../../../rig/wait.ts';
import { isGone, launchRequest, memoryLog, newRun, script, tempDir, testDriver } from '../support.ts';

const linux = process.platform === 'linux';
const O_CLOEXEC = 0o2000000;

async function failure(launching: Promise<unknown>): Promise<MsvcError> {
  const error = await launching.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MsvcError);
  return error as MsvcError;
}

function closesOnExec(fd: string): boolean {
  try {
    const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!;
    return (Number.parseInt(flags, 8) & O_CLOEXEC) !== 0;
  } catch {
    return true;
  }
}

describe('a launch', () => {
  it('gives a simple shell line the pid of the program itself, leader of its own group', async () => {
    const { driver } = testDriver();
    const request = launchRequest({ command: `${process.execPath} -p process.pid` });
    const running = await driver.launch(request);
    expect(await running.exited).toEqual({ code: 0, signal: null });
    await running.drained;
    expect(request.log.stdout.trim()).toBe(String(running.pid));
  });

  it('hands a list on as it is', async () => {
    const { driver } = testDriver();
    const words = ['a b', '$HOME', '"', "'", '*', ''];
    const request = launchRequest({ command: ['node', '-p', 'JSON.stringify(process.argv.slice(1))', '--', ...words] });
    const running = await driver.launch(request);
    await running.drained;
    expect(JSON.parse(request.log.stdout)).toEqual(words);
  });

  it('runs a script without a first line by the shell, as execvp does', async () => {
    const { driver } = testDriver();
    const dir = tempDir();
    script(dir, 'plain', 'echo "$0 $1 in $PWD"\n');
    const request = launchRequest({ command: ['./plain', 'a b'], workingDir: dir });
    const running = await driver.launch(request);
    expect(await running.exited).toEqual({ code: 0, signal: null });
    await running.drained;
    expect(request.log.stdout).toBe(`${path.join(dir, 'plain')} a b in ${dir}\n`);
  });

  it('gives it signals as a program expects them: none ignored, none blocked', async (context) => {
    skipIf(context, !linux && 'there is no /proc here');
    const { driver } = testDriver();
    const request = launchRequest({ command: ['grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status'] });
    const running = await driver.launch(request);
    await running.drained;
    expect(request.log.stdout.match(/\b0{16}\b/g)).toHaveLength(2);
  });

  it('gives it a session of its own, no input, and no descriptor of ours', async (context) => {
    skipIf(context, !linux && 'there is no /proc here');
    const { driver } = testDriver();
    const request = launchRequest({ command: ['sh', '-c', 'ls -l /proc/$$/fd; cut -d" " -f5,6 /proc/$$/stat'] });
    const running = await driver.launch(request);
    await running.drained;
    const [, ...rows] = request.log.stdout.trim().split('\n');
    expect(rows.pop()).toBe(`${running.pid} ${running.pid}`);
    const inherited = readdirSync('/proc/self/fd').filter((fd) => Number(fd) > 2 && !closesOnExec(fd));
    const given = rows.map((row) => row.replace(/^.* (\d+) -> .*(null|pipe).*/, '$1 $2'));
    expect(given.filter((row) => !inherited.includes(row.split(' ')[0]!))).toEqual(['0 null', '1 pipe', '2 pipe']);
  });

  it('tells many ends at once, each with its own code or signal', async () => {
    const { driver } = testDriver();
    const ends = Array.from({ length: 30 }, (_, index) => (index % 3 === 0 ? 'kill -9 $$' : `exit ${index}`));
    const all = await Promise.all(
      ends.map((end, replica) => driver.launch(launchRequest({ command: ['sh', '-c', end], replica }))),
    );
    expect(await Promise.all(all.map((running) => running.exited))).toEqual(
      ends.map((_, index) => (index % 3 === 0 ? { code: null, signal: 'SIGKILL' } : { code: index, signal: null })),
    );
  });

  it('gives exactly the environment it is told', async () => {
    const { driver } = testDriver();
    const request = launchRequest({ command: ['/usr/bin/env'], environment: { A: '1' } });
    const running = await driver.launch(request);
    await running.drained;
    const names = request.log.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(['A', 'MSVC_INSTANCE', 'MSVC_REPLICA', 'MSVC_RUN', 'MSVC_SERVICE', 'PATH']);
  });

  it('gives real pipes: a script may open /dev/stdout and /dev/stderr', async () => {
    const { driver } = testDriver();
    const request = launchRequest({
      command: 'echo out > /dev/stdout; echo err > /dev/stderr; echo more >> /dev/stderr',
    });
    const running = await driver.launch(request);
    expect((await running.exited).code).toBe(0);
    await running.drained;
    expect(request.log.stdout).toBe('out\n');
    expect(request.log.stderr).toBe('err\nmore\n');
  });

  it('has no input: reading it ends at once', async () => {
    const { driver } = testDriver();
    const running = await driver.launch(launchRequest({ command: 'cat' }));
    expect(await running.exited).toEqual({ code: 0, signal: null });
  });

  it('tells guardian and ledger of the group, and when it is empty', async () => {
    const { driver, told } = testDriver();
    const running = await driver.launch(launchRequest({ command: 'true' }));
    await running.emptied;
    expect(told).toEqual([`+ ${running.pid}`, `launched ${running.pid}`, `- ${running.pid}`, `gone ${running.pid}`]);
  });

  it('of a hundred at once works, leaving no descriptor open and nothing on disk', async () => {
    const { driver, pipes, pipesDir } = testDriver();
    const fds = () => (linux ? readdirSync('/proc/self/fd').length : 0);
    const before = fds();
    const requests = Array.from({ length: 100 }, (_, index) =>
      launchRequest({ command: `echo ${index}`, replica: index }),
    );
    pipes.reserve(200);
    const all = await Promise.all(requests.map((request) => driver.launch(request)));
    await Promise.all(all.map((running) => running.drained));
    expect(requests.map((request) => request.log.stdout)).toEqual(requests.map((_, index) => `${index}\n`));
    await pipes.close();
    await eventually('the descriptors to be closed', () => fds() <= before);
    expect(readdirSync(pipesDir)).toEqual([]);
  });
});

describe('output', () => {
  it('is all in the log when drained, however much was said at the end', async () => {
    const { driver } = testDriver();
    const request = launchRequest({ command: ['node', '-e', "process.stdout.write('x'.repeat(1 << 20) + 'end')"] });
    const running = await driver.launch(request);
    await running.drained;
    expect(request.log.stdout.length).toBe((1 << 20) + 3);
    expect(request.log.stdout.endsWith('end')).toBe(true);
  });

  it('is drained although something that left the group keeps the pipe open', async () => {
    const { driver } = testDriver();
    const request = launchRequest({ command: 'setsid sleep 600 & echo said' });
    const running = await driver.launch(request);
    await running.drained;
    expect(request.log.stdout).toBe('said\n');
  });
});

describe('the end', () => {
  it('of one launch is not that of the next one of the same instance', async () => {
    const { driver } = testDriver();
    const request = launchRequest({ command: 'exec sleep 600' });
    const first = await driver.launch(request);
    const killing = first.kill();
    await first.emptied;
    const second = await driver.launch({ ...request, log: memoryLog() });
    expect(await killing).toEqual([first.pid]);
    expect(isGone(second.pid)).toBe(false);
    expect(await second.kill()).toEqual([second.pid]);
  });

  it('of the leader is told with its code or signal', async () => {
    const { driver } = testDriver();
    expect(await (await driver.launch(launchRequest({ command: 'exit 7' }))).exited).toEqual({ code: 7, signal: null });
    const sleeper = await driver.launch(launchRequest({ command: 'sleep 600' }));
    sleeper.signal('SIGTERM');
    expect(await sleeper.exited).toEqual({ code: null, signal: 'SIGTERM' });
    await sleeper.emptied;
    sleeper.signal('SIGTERM');
  });

  it('of the leader is not the end of the group: a child may still drain', async () => {
    const { driver } = testDriver();
    const dir = tempDir();
    const request = launchRequest({
      command: '(trap "" TERM; echo up; while [ ! -e go ]; do sleep 0.02; done; echo drained) & wait',
      workingDir: dir,
    });
    const running = await driver.launch(request);
    await eventually('it to start', () => request.log.stdout === 'up\n');
    running.signal('SIGTERM');
    expect((await running.exited).signal).toBe('SIGTERM');
    let empty = false;
    void running.emptied.then(() => {
      empty = true;
    });
    expect((await running.members()).length).toBeGreaterThan(0);
    expect(empty).toBe(false);
    script(dir, 'go', '');
    await running.drained;
    expect(empty).toBe(true);
    expect(request.log.stdout).toBe('up\ndrained\n');
  });

  it('is forced on grandchildren that ignore SIGTERM, and names them', async () => {
    const { driver } = testDriver();
    const request = launchRequest({ command: 'sh -c \'trap "" TERM; echo $$; while :; do sleep 0.05; done\' & wait' });
    const running = await driver.launch(request);
    await eventually('it to start', () => request.log.stdout !== '');
    const stubborn = Number(request.log.stdout);
    running.signal('SIGTERM');
    await running.exited;
    expect(isGone(stubborn)).toBe(false);
    expect(await running.kill()).toContain(stubborn);
    await running.emptied;
    expect(isGone(stubborn)).toBe(true);
    expect(await running.kill()).toEqual([]);
  });

  it('reaches what left the group, by the marks, and only this instance’s', async (context) => {
    skipIf(context, !linux && 'marks and zombies can only be seen in /proc');
    const foreign: Member[] = [];
    const { driver } = testDriver((_request, members) => foreign.push(...members));
    const run = newRun();
    const leave = "setsid sh -c 'echo $$; exec sleep 601' & sleep 0.01; wait";
    const [one, two] = [1, 2].map((replica) => launchRequest({ command: leave, run, replica }));
    const [first, second] = [await driver.launch(one!), await driver.launch(two!)];
    await eventually('them to start', () => one!.log.stdout !== '' && two!.log.stdout !== '');
    const [left, other] = [Number(one!.log.stdout), Number(two!.log.stdout)];
    expect(await first.kill()).toEqual(expect.arrayContaining([first.pid, left]));
    expect(foreign[0]?.pid).toBe(left);
    await eventually('the escaped one to go', () => isGone(left));
    expect(isGone(other)).toBe(false);
    expect(isGone(second.pid)).toBe(false);
  });

  it('does not wait for a zombie that nobody buries', async (context) => {
    skipIf(context, !linux && 'marks and zombies can only be seen in /proc');
    const { driver } = testDriver();
    // The keeper leaves the group after it has had a child there, and never waits for it.
    const request = launchRequest({
      command: [
        'python3',
        '-c',
        `
import os, time
left, leave = os.pipe()
if os.fork() == 0:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.setsid()
    os.write(1, str(child).encode())
    os.write(leave, b'.')
    time.sleep(600)
os.read(left, 1)
os._exit(0)
`,
      ],
    });
    const running = await driver.launch(request);
    await running.emptied;
    const zombie = Number(request.log.stdout);
    expect(readFileSync(`/proc/${zombie}/stat`, 'utf8')).toMatch(new RegExp(`\\) Z \\d+ ${running.pid} `));
  });
});

it('shows members with their commands, and what they use', async () => {
  const { driver } = testDriver();
  const request = launchRequest({
    command:
      'node -e "while (process.cpuUsage().user < 100_000); console.log(1); setInterval(() => {}, 1e6)" & sleep 602; true',
  });
  const running = await driver.launch(request);
  await eventually('it to start', () => request.log.stdout !== '');
  const members = await running.members();
  expect(members.map((member) => member.command)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^node -e /), 'sleep 602']),
  );
  const usage = await running.usage();
  expect(usage!.cpuSeconds).toBeGreaterThan(0);
  expect(usage!.memoryBytes).toBeGreaterThan(10 << 20);
  await running.kill();
  await running.emptied;
  expect(await running.usage()).toBeNull();
  expect(await running.members()).toEqual([]);
});

describe('what is missing is named, with service and place', () => {
  const place = { file: '/project/msvc.yaml', line: 3, column: 5 };

  it.each([
    ['a program of a list', ['no-such-program-9', 'x']],
    ['the first word of a shell line', 'no-such-program-9 x > y'],
    ['the first word after assignments', 'A=1 no-such-program-9 x'],
  ])('%s', async (_name, command) => {
    const error = await failure(testDriver().driver.launch(launchRequest({ command })));
    expect(error.code).toBe('MSVC_INTERPRETER_MISSING');
    expect(error.facts).toMatchObject({ program: 'no-such-program-9', service: 'web' });
    expect(error.place).toEqual(place);
  });

  it('searches the PATH it is given, from its own folder', async () => {
    const dir = tempDir();
    mkdirSync(path.join(dir, 'bin'));
    script(path.join(dir, 'bin'), 'mine', '#!/bin/sh\necho found $0\n');
    const { driver } = testDriver();
    const given = launchRequest({ command: ['mine'], workingDir: dir, environment: { PATH: 'bin:/usr/bin:/bin' } });
    await (await driver.launch(given)).drained;
    expect(given.log.stdout).toContain('found');
    const beside = launchRequest({ command: ['./bin/mine'], workingDir: dir });
    await (await driver.launch(beside)).drained;
    expect(beside.log.stdout).toContain('found');
    const error = await failure(driver.launch(launchRequest({ command: ['mine'], workingDir: dir })));
    expect(error.code).toBe('MSVC_INTERPRETER_MISSING');
  });

  it('the interpreter of a script', async () => {
    const dir = tempDir();
    script(dir, 'serve', '#!/no/such/interpreter\n');
    const error = await failure(testDriver().driver.launch(launchRequest({ command: ['./serve'], workingDir: dir })));
    expect(error.code).toBe('MSVC_INTERPRETER_MISSING');
    expect(error.facts.program).toBe('/no/such/interpreter');
  });

  it('the folder', async () => {
    const dir = path.join(tempDir(), 'gone');
    const error = await failure(testDriver().driver.launch(launchRequest({ command: 'true', workingDir: dir })));
    expect(error.code).toBe('MSVC_WORKING_DIR_MISSING');
    expect(error.facts).toMatchObject({ service: 'web', workingDir: dir, isFile: false });
    expect(error.place).toEqual(place);
  });

  it('the permission to execute', async () => {
    const dir = tempDir();
    script(dir, 'serve', '#!/bin/sh\n', 0o644);
    const error = await failure(testDriver().driver.launch(launchRequest({ command: ['./serve'], workingDir: dir })));
    expect(error.code).toBe('MSVC_LAUNCH_FAILED');
    expect(error.facts).toMatchObject({ reason: 'EACCES', program: './serve' });
  });

  it('room for its arguments', async () => {
    const error = await failure(testDriver().driver.launch(launchRequest({ command: ['true', 'x'.repeat(8 << 20)] })));
    expect(error.code).toBe('MSVC_LAUNCH_FAILED');
    expect(error.facts.reason).toBe('E2BIG');
  });

  it('arguments without a NUL', async () => {
    const error = await failure(testDriver().driver.launch(launchRequest({ command: ['true', 'a\0b'] })));
    expect(error.code).toBe('MSVC_LAUNCH_FAILED');
    expect(error.facts.reason).toBe('ERR_INVALID_ARG_VALUE');
  });

  it('and nothing else is disturbed by it: the next launch works', async () => {
    const { driver, told } = testDriver();
    await failure(driver.launch(launchRequest({ command: ['no-such-program-9'] })));
    expect(told).toEqual([]);
    expect((await (await driver.launch(launchRequest({ command: 'true' }))).exited).code).toBe(0);
  });
});
