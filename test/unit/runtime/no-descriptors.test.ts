/** With no descriptor left nothing new can be had; what there is goes on. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { child, firstLine, programOf } from './support.ts';

test('a probe by command fails with the reason, and the guardian is tried again', async () => {
  const program = await programOf(`
    import { closeSync, openSync } from 'node:fs';
    import { exec } from '#src/runtime/probes/exec.ts';
    import { createGuardian } from '#src/runtime/guardian.ts';
    const probe = exec.create(
      { kind: 'exec', command: { kind: 'exec', argv: ['true'] } },
      { port: null, environment: { PATH: process.env.PATH }, workingDir: '/', watchLog: () => () => {} },
    );
    const all = [];
    try { for (;;) all.push(openSync('/dev/null')); } catch {}
    const lost = new Promise((resolve) => {
      const guardian = createGuardian({ run: 'none', onLost: () => resolve(guardian) });
      guardian.begin();
    });
    const refused = await probe.check(new AbortController().signal);
    const guardian = await lost;
    for (const fd of all) closeSync(fd);
    while (guardian.pid === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    await guardian.close();
    console.log(JSON.stringify([refused, await probe.check(new AbortController().signal)]));
  `);
  const run = child('sh', ['-c', 'ulimit -n 60; exec "$0" "$1"', process.execPath, program]);
  const ended = once(run, 'exit');
  const [refused, again] = JSON.parse(await firstLine(run));
  expect(refused).toMatchObject({ ok: false, detail: expect.stringContaining('EMFILE') });
  expect(again).toMatchObject({ ok: true });
  expect(await ended).toEqual([0, null]);
});
