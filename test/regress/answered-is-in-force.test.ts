/** What a command has answered holds for the next request: the gateway's thread goes by it before the answer goes out. */
import { Agent } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { Client } from '../../src/control/client.ts';
import { NO_EFFECT } from '../../src/model/fault.ts';
import { fetchOnce } from '../rig/http.ts';
import { filesBelow } from '../rig/leftovers.ts';
import { createRig } from '../rig/msvc-rig.ts';

/** When the answer did not wait, dozens of as many requests met what was before. */
const TIMES = 200;

test('a fault that was added, and one that was cleared', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], route: /, traffic: { breaker: false } } }',
  });
  await rig.up();
  const socket = filesBelow(rig.runtimeDir).find((file) => file.endsWith('.sock'))!;
  const client = await Client.connect(`${rig.runtimeDir}/${socket}`);
  // A connection that is there already, so that the request comes right after the answer.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => {
    client.close();
    agent.destroy();
  });
  const url = await rig.url('/');
  const statuses: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const fault = { ...NO_EFFECT, caller: 'client', callee: 'web', errorPercent: 100, status: 418, forMs: 0 };
    const { id } = await client.request('fault-add', fault);
    statuses.push((await fetchOnce(url, { agent })).status);
    await client.request('fault-clear', { id });
    statuses.push((await fetchOnce(url, { agent })).status);
  }
  expect(statuses).toEqual(Array.from({ length: TIMES }, () => [418, 200]).flat());
});
