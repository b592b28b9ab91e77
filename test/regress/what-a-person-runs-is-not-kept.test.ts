/** The words of `msvc run` may hold a secret that msvc does not know as one: no event has them. */
import { expect, test } from 'vitest';
import { Client } from '../../src/control/client.ts';
import { filesBelow } from '../rig/leftovers.ts';
import { createRig } from '../rig/msvc-rig.ts';

test('neither told nor written down', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto } }',
  });
  await rig.up();
  const socket = filesBelow(rig.runtimeDir).find((file) => file.endsWith('.sock'))!;
  const client = await Client.connect(`${rig.runtimeDir}/${socket}`);
  const command = ['login', '--password', 'hunter2'];
  const params = { service: 'web', command, entrypoint: null, environment: {}, tty: false };
  await client.request('one-off', params);
  client.close();
  const asked = await rig.events().until('command.received', { command: 'run' });
  expect(asked).toMatchObject({ services: ['web'], facts: {} });
  expect(JSON.stringify(asked)).not.toContain('hunter2');
  await rig.ok(['down']);
  expect(rig.read('.msvc/events.jsonl')).toContain('"command":"run"');
  expect(rig.read('.msvc/events.jsonl')).not.toContain('hunter2');
});
