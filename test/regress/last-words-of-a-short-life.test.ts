/**
 * What a process wrote before its end is told with it, however short it lived: many that end at once, beside an engine
 * that has much else to do.
 */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const COUNT = 40;

test('an exit is told with the last words of the process', async () => {
  const names = Array.from({ length: COUNT }, (_, index) => `w${index}`);
  const service = (name: string) => `  ${name}: { command: 'echo last words of ${name}; exit 9', restart: 'no' }\n`;
  await using rig = await createRig({ 'msvc.yaml': `services:\n${names.map(service).join('')}` });
  await rig.msvc(['up', '-d']);
  const events = rig.events();
  for (const name of names) {
    expect(await events.until('instance.exited', { service: name })).toMatchObject({ tail: [`last words of ${name}`] });
  }
});
