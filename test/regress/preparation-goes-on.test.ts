/** A pre_start (a migration, say) is not killed in the middle, nor run twice, because something else about its service changes. */
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

const HOOK = 'echo begun >> steps; while [ ! -e go ]; do sleep 0.02; done; echo done >> steps';
const definition = (label = ''): string => `
services:
  web:
    command: [node, "\${PUPPET}"]
    port: auto
    environment: { LABEL: "${label}" }
    pre_start: [{ command: [sh, -c, "${HOOK}"] }]
`;

async function inTheMiddle(): Promise<Rig> {
  const rig = await createRig({ 'msvc.yaml': definition() });
  for (const file of ['steps', 'go']) rig.expectFile(file);
  await rig.ok(['up', '-d']);
  await eventually('the pre_start', () => steps(rig) === 'begun\n');
  return rig;
}

function steps(rig: Rig): string {
  try {
    return rig.read('steps');
  } catch {
    return '';
  }
}

test('scaled and started once more meanwhile: it goes on, once', async () => {
  await using rig = await inTheMiddle();
  const events = rig.events();
  const scale = rig.start(['scale', 'web=2']);
  const scaled = await events.until('service.scaled', { service: 'web' });
  await rig.ok(['start', 'web']);
  await events.until('command.received', { command: 'start' }, scaled.seq);
  rig.write('go', '');
  expect((await scale.exited).code).toBe(0);
  expect(await rig.ps()).toMatchObject([{ state: 'ready' }, { state: 'ready' }]);
  expect(steps(rig)).toBe('begun\ndone\n');
});

test('stopped meanwhile it is ended, and begins anew with the next start', async () => {
  await using rig = await inTheMiddle();
  await rig.ok(['stop', 'web']);
  expect(rig.processes().filter(({ command }) => command.includes('steps'))).toEqual([]);
  await rig.ok(['start', 'web']);
  await eventually('the next one', () => steps(rig) === 'begun\nbegun\n');
  // Another version of the service: of the old one it is ended.
  rig.write('msvc.yaml', definition('new'));
  await rig.ok(['up', '-d']);
  await eventually('the one of the new version', () => steps(rig) === 'begun\nbegun\nbegun\n');
  rig.write('go', '');
  await rig.up();
  expect(steps(rig)).toBe('begun\nbegun\nbegun\ndone\n');
});
