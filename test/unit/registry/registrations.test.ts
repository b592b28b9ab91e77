/** Instances from outside: their leases, and what they do to the rows beside them. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { instanceId, serviceName } from '../../../src/model/names.ts';
import {
  type CheckSpec,
  type RegistrationNews,
  type RegistrationSpec,
  Registrations,
} from '../../../src/registry/registrations.ts';
import { Registry } from '../../../src/registry/registry.ts';

const service = serviceName('payments');

function setUp() {
  const registry = new Registry();
  const news: RegistrationNews[] = [];
  const registrations = new Registrations(registry, (one) => news.push(one));
  const replica = (number: number, state: 'starting' | 'ready' | 'draining') =>
    registry.put({
      id: instanceId(service, number, 1),
      service,
      replica: number,
      host: '127.0.0.1',
      port: 4000 + number,
      state,
    });
  const states = () =>
    Object.fromEntries(registry.rowsOf('payments').map((row) => [row.label ?? row.replica, row.state]));
  const said = () =>
    news.splice(0).map(({ type, registration, reason }) => [type, registration.id, ...(reason ? [reason] : [])]);
  return { registry, registrations, replica, states, said };
}

const check = (more: Partial<CheckSpec> = {}): CheckSpec => ({
  ...{ id: 'service:ide', name: 'lease', ttlMs: 1000, status: 'critical', notes: '', deregisterAfterMs: null },
  ...more,
});

const spec = (more: Partial<RegistrationSpec> = {}): RegistrationSpec => ({
  ...{ id: 'ide', service: 'payments', host: '127.0.0.1', port: 5005, by: 'command', replaces: true },
  ...{ tags: [], metadata: {}, weights: { passing: 1, warning: 1 }, checks: [check()] },
  ...more,
});

describe('in place of replicas', () => {
  test('they stand by while it is ready, and never nobody is ready in between', () => {
    const { registry, registrations, replica, states, said } = setUp();
    replica(1, 'ready');
    replica(2, 'starting');
    const ready = new Set(['1']);
    const seen: number[] = [];
    registry.watch((change) => {
      if (change.type === 'availability') return;
      const name = change.type === 'row' ? (change.row.label ?? String(change.row.replica)) : 'ide';
      if (change.type === 'row' && change.row.state === 'ready') ready.add(name);
      else ready.delete(name);
      seen.push(ready.size);
    });
    registrations.add(spec());
    expect(states()).toEqual({ 1: 'ready', 2: 'starting', ide: 'starting' });
    registrations.setCheck('service:ide', 'passing', '');
    expect(states()).toEqual({ 1: 'standby', 2: 'starting', ide: 'ready' });
    replica(2, 'ready');
    expect(states()).toMatchObject({ 2: 'standby' });
    registrations.setCheck('service:ide', 'critical', 'gone');
    expect(states()).toEqual({ 1: 'ready', 2: 'ready', ide: 'starting' });
    registrations.setCheck('service:ide', 'passing', '');
    replica(1, 'draining');
    expect(states()).toEqual({ 1: 'draining', 2: 'standby', ide: 'ready' });
    registrations.remove('ide', 'connection-closed');
    expect(states()).toEqual({ 1: 'draining', 2: 'ready' });
    expect(Math.min(...seen)).toBeGreaterThan(0);
    expect(said()).toEqual([
      ['added', 'ide'],
      ['ready', 'ide'],
      ['unready', 'ide'],
      ['ready', 'ide'],
      ['ended', 'ide', 'connection-closed'],
    ]);
  });

  test('beside them they keep their requests', () => {
    const { registrations, replica, states } = setUp();
    replica(1, 'ready');
    registrations.add(spec({ replaces: false, checks: [] }));
    expect(states()).toEqual({ 1: 'ready', ide: 'ready' });
  });
});

describe('leases', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('a check that is not renewed turns critical, and its instance is given up in the end', () => {
    const { registrations, states, said } = setUp();
    registrations.add(spec({ checks: [check({ deregisterAfterMs: 5000 })] }));
    registrations.setCheck('service:ide', 'passing', '');
    vi.advanceTimersByTime(900);
    registrations.setCheck('service:ide', 'passing', '');
    vi.advanceTimersByTime(900);
    expect(states()).toEqual({ ide: 'ready' });
    vi.advanceTimersByTime(100);
    expect(states()).toEqual({ ide: 'starting' });
    expect(registrations.get('ide')?.checks[0]).toMatchObject({ status: 'critical', output: 'not renewed for 1 s' });
    vi.advanceTimersByTime(4999);
    registrations.setCheck('service:ide', 'warning', '');
    vi.advanceTimersByTime(1000 + 5000);
    expect(states()).toEqual({});
    expect(said().at(-1)).toEqual(['ended', 'ide', 'expired']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('one that warns still takes requests, by its own weight', () => {
    const { registrations, registry } = setUp();
    registrations.add(spec({ weights: { passing: 10, warning: 2 } }));
    registrations.setCheck('service:ide', 'warning', 'slow');
    expect(registry.rowsOf('payments')[0]).toMatchObject({ state: 'ready', weight: 2 });
    registrations.setCheck('service:ide', 'passing', '');
    expect(registry.rowsOf('payments')[0]).toMatchObject({ state: 'ready', weight: 10 });
  });

  test('registered again it keeps what its checks said; for another service it is another one', () => {
    const { registrations, registry, states, said } = setUp();
    registrations.add(spec());
    registrations.setCheck('service:ide', 'passing', '');
    said();
    registrations.add(spec({ port: 6006 }));
    expect(states()).toEqual({ ide: 'ready' });
    expect(registry.rowsOf('payments')[0]).toMatchObject({ port: 6006 });
    expect(said()).toEqual([]);
    registrations.add(spec({ service: 'orders' }));
    expect(states()).toEqual({});
    expect(registry.rowsOf('orders')).toHaveLength(1);
    registrations.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
