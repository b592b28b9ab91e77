/** The end of a process, of real ones. */
import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { constants, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { REPOSITORY } from '../../../rig/cli.ts';
import { skipIf } from '../../../rig/skip.ts';
import { programOf } from '../support.ts';

async function leaver(body: string): Promise<string> {
  const program = await programOf(`import { leave } from '#src/runtime/children/leave.ts';\n${body}`);
  symlinkSync(path.join(REPOSITORY, 'native'), path.join(path.dirname(program), 'native'));
  return program;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const options: SpawnSyncOptions = { env: { PATH: process.env.PATH, ...env } };
  return spawnSync(command, args, { ...options, encoding: 'utf8' });
}

it.for(['native', 'node'])('has its code, after everybody who listens was told: %s', async (launch) => {
  const program = await leaver(`
import { writeSync } from 'node:fs';
process.on('exit', (code) => writeSync(1, \`told \${code}\`));
setInterval(() => {}, 1e6);
leave(3);`);
  expect(run(process.execPath, [program], { MSVC_LAUNCH: launch })).toMatchObject({ status: 3, stdout: 'told 3' });
});

it('makes a stream wait again that others have as well', async (context) => {
  skipIf(context, process.platform !== 'linux' && 'seen on Linux only');
  const program = await leaver(`
process.stdout.write('');
leave(0);`);
  // Node makes a pipe not wait, for itself: whoever writes there next would fail when it is full.
  const line = `{ "$0" "$1"; cat /proc/self/fdinfo/1 /dev/null; } | cat`;
  const { stdout } = run('sh', ['-c', line, process.execPath, program]);
  const [, flags] = /^flags:\s+(\d+)$/m.exec(stdout)!;
  expect(Number.parseInt(flags!, 8) & constants.O_NONBLOCK).toBe(0);
});

it('leaves a profile to Node, which writes it at its very end', async () => {
  const program = await leaver('leave(0);');
  const dir = path.dirname(program);
  const flags = ['--cpu-prof', `--cpu-prof-dir=${dir}`, '--cpu-prof-name=p.cpuprofile'];
  expect(run(process.execPath, [...flags, program]).status).toBe(0);
  expect(readFileSync(path.join(dir, 'p.cpuprofile'), 'utf8')).toContain('"nodes"');
});
