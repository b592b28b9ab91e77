/** `msvc fault`, `msvc edges` and `msvc metrics` on a running system; faults of msvc.yaml; nothing outlives its time. */
import { expect, test } from 'vitest';
import type { EdgeJson, FaultJson } from '../../src/cli/json-contract.ts';
import { createRig } from '../rig/msvc-rig.ts';

const ORDERS = `
const { createServer } = require('node:http');
createServer(async (request, response) => {
  const answer = await fetch(process.env.PAYMENTS_URL + request.url);
  response.writeHead(answer.status).end(await answer.text());
}).listen(process.env.PORT);
`;
const PAYMENTS = "require('node:http').createServer((q, r) => r.end('paid')).listen(process.env.PORT);";
const YAML = (fault = '') => `
services:
  orders:
    command: node orders.cjs
    route: /
    calls:
      payments: { breaker: false${fault} }
  payments:
    command: node payments.cjs
`;

test('a fault meets its edge, is shown, and ends by itself, by command and with the definition', async () => {
  await using rig = await createRig({ 'msvc.yaml': YAML(), 'orders.cjs': ORDERS, 'payments.cjs': PAYMENTS });
  await rig.up();
  const events = rig.events();
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await rig.msvc(args)).stdout) as T;
  expect((await rig.get('/')).status).toBe(200);

  const added = await json<FaultJson>('fault', 'add', 'orders->payments', '--error', '100%', '--json');
  expect(added).toMatchObject({ id: 'f1', caller: 'orders', callee: 'payments', errorPercent: 100, origin: 'command' });
  const failed = await rig.get('/');
  expect(failed.status).toBe(503);
  expect(JSON.parse(failed.body).msvc).toMatchObject({ code: 'fault', fault: 'f1', edge: 'orders->payments' });
  expect(await json<FaultJson[]>('fault', 'ls', '--json')).toEqual([added]);
  const edges = await json<EdgeJson[]>('edges', '--json', '--window', '0');
  expect(edges.map(({ caller, callee }) => `${caller}->${callee}`)).toEqual(['client->orders', 'orders->payments']);
  expect(edges[1]).toMatchObject({
    breaker: null,
    faults: ['f1'],
    total: { requests: 2, faulted: 1, flags: { FI: 1 } },
  });
  expect((await rig.msvc(['fault', 'clear', 'orders->payments'])).stdout).toBe('1 fault cleared\n');
  expect((await rig.get('/')).status).toBe(200);

  await rig.ok(['fault', 'add', 'orders->payments', '--error', '100%', '--for', '100ms']);
  expect(await events.until('fault.ended', { reason: 'expired' })).toMatchObject({ fault: { id: 'f2' } });
  expect((await rig.get('/')).status).toBe(200);

  const slow = await json<FaultJson>('fault', 'add', 'orders->payments', '--bandwidth', '64KiB/s', '--json');
  expect(slow).toMatchObject({ bytesPerSecond: 65_536, errorPercent: 0 });
  expect((await rig.msvc(['fault', 'ls'])).stdout).toContain('at most 64 KiB/s');
  expect((await rig.get('/')).body).toBe('paid');
  expect((await rig.msvc(['fault', 'clear', slow.id])).stdout).toBe('1 fault cleared\n');

  rig.write('msvc.yaml', YAML(', fault: { error: 100%, status: 418 }'));
  const changed = await rig.msvc(['up', '-d', '--wait', '--json']);
  expect(JSON.parse(changed.stdout).steps.map((step: { action: string }) => step.action)).toEqual(['update', 'keep']);
  expect((await rig.get('/')).status).toBe(418);
  rig.write('msvc.yaml', YAML());
  await rig.msvc(['up', '-d', '--wait']);
  expect((await rig.get('/')).status).toBe(200);

  const { stdout } = await rig.msvc(['metrics']);
  expect(stdout).toContain('msvc_edge_faulted_total{caller="orders",callee="payments"} 3');
  expect(stdout).toMatch(/^http_server_request_duration_seconds_count\{caller="client",callee="orders"\} \d+$/m);
});

test('what cannot be is refused with a hint, and adds nothing', async () => {
  await using rig = await createRig({ 'msvc.yaml': YAML(), 'orders.cjs': ORDERS, 'payments.cjs': PAYMENTS });
  await rig.up();
  for (const [args, code, hint] of [
    [['payments->orders', '--delay', '1s'], 'MSVC_UNKNOWN_EDGE', 'orders->payments'],
    [['orders->payments'], 'MSVC_FAULT_INVALID', '--bandwidth'],
    [['orders->payments', '--bandwidth', 'slow'], 'MSVC_USAGE', '64KiB/s'],
    [['orders->payments', '--bandwidth', '2g'], 'MSVC_FAULT_INVALID', '--bandwidth'],
    [['orders->payments', '--error', '60%', '--reset', '50%'], 'MSVC_FAULT_INVALID', ''],
    [['orders', '--delay', '1s'], 'MSVC_USAGE', 'caller->callee'],
    [['orders->payments', '--delay', '1s', '--for', '0'], 'MSVC_USAGE', '--for'],
    [['orders->payments', '--error', '120%'], 'MSVC_USAGE', ''],
  ] as const) {
    const done = await rig.msvc(['fault', 'add', ...args]);
    expect([done.code, done.stderr]).toEqual([2, expect.stringContaining(`error[${code}]`)]);
    expect(done.stderr).toContain(hint);
  }
  expect((await rig.msvc(['fault', 'clear', 'f9'])).stderr).toContain('error[MSVC_UNKNOWN_FAULT]');
  expect(JSON.parse((await rig.msvc(['fault', 'ls', '--json'])).stdout)).toEqual([]);
  const { stdout } = await rig.ok(['events', '--json']);
  expect(stdout).not.toContain('"command":"fault"');
});
