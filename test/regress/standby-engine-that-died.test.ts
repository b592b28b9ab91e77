/** A standby engine that dies before it is told its project: another one is begun, and nobody waits for the dead one. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Client } from '../../src/control/client.ts';
import { createRig } from '../rig/msvc-rig.ts';

/** The first engine that the command begins, whichever way, dies at once; the command does not go on before it has. */
const FIRST_DIES = `
const cp = require('node:child_process');
const { readFileSync } = require('node:fs');
let isDead = false;
const isFirst = (words) => !isDead && words?.some?.((word) => String(word).endsWith('engine-main.cjs'));
const untilDead = (pid) => {
  isDead = true;
  while (!readFileSync('/proc/' + pid + '/stat', 'utf8').includes(') Z ')) {}
  process.stderr.write('the first engine has died\\n');
};
const { spawn } = cp;
cp.spawn = (program, words, options) => {
  if (!isFirst(words)) return spawn(program, words, options);
  const child = spawn(program, ['-e', '0'], { ...options, env: {} });
  untilDead(child.pid);
  return child;
};
const { dlopen } = process;
process.dlopen = (addon, ...rest) => {
  dlopen.call(process, addon, ...rest);
  const { spawn } = addon.exports;
  if (!spawn) return;
  addon.exports.spawn = (file, words, environment, ...more) => {
    if (!isFirst(words)) return spawn(file, words, environment, ...more);
    const pid = spawn(file, [file, '-e', '0'], [], ...more);
    untilDead(pid);
    return pid;
  };
};
`;

test.each(['posix', 'node'])('up begins another one (begun by: %s)', async (way) => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto } }',
    'first-dies.cjs': FIRST_DIES,
  });
  const up = await rig.msvc(['up', '-d', '--wait'], {
    env: { NODE_OPTIONS: `--require ${rig.path('first-dies.cjs')}`, MSVC_LAUNCH: way },
  });
  expect(up).toMatchObject({ code: 0, stderr: expect.stringContaining('the first engine has died') });
  expect(await rig.ps()).toMatchObject([{ service: 'web', state: 'ready' }]);
});

/** An engine that ends takes its time. */
const SLOW_END = `
if (require('node:worker_threads').isMainThread && String(process.argv[1]).includes('engine-main')) {
  process.on('exit', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000));
}
`;

test('an engine that will not come up has gone when the command says why', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"] } }',
    'slow-end.cjs': SLOW_END,
    '.msvc': '',
  });
  const up = await rig.msvc(['up', '-d'], { env: { NODE_OPTIONS: `--require ${rig.path('slow-end.cjs')}` } });
  expect(up).toMatchObject({ code: 4, stderr: expect.stringContaining('error[MSVC_STATE_UNWRITABLE]') });
  expect(rig.processes()).toEqual([]);
});

test('a connection that has ended already is a lost engine', async () => {
  const server = createServer((peer) => peer.destroy()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1').resume();
  await once(socket, 'close');
  await expect(Client.first(socket)).rejects.toMatchObject({ code: 'MSVC_ENGINE_LOST' });
});
