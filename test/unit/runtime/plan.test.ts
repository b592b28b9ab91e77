import { describe, expect, test } from 'vitest';
import { serviceName } from '../../../src/model/names.ts';
import type { ServiceSpec } from '../../../src/model/project.ts';
import { type Current, diff, processLaunches, type Wanted } from '../../../src/runtime/plan.ts';

const place = (line: number) => ({ file: '/p/msvc.yaml', line, column: 1 });

function spec(name: string, change: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name: serviceName(name),
    run: {
      kind: 'process',
      command: { kind: 'exec', argv: ['node', 'server.js'] },
      workingDir: '/p',
      tty: false,
      stdinOpen: false,
    },
    environment: {},
    envFile: {},
    port: { kind: 'auto' },
    replicas: 1,
    calls: [],
    dependsOn: [],
    healthcheck: {
      probe: { kind: 'tcp' },
      intervalMs: 5_000,
      timeoutMs: 2_000,
      retries: 3,
      startPeriodMs: 30_000,
      startIntervalMs: 250,
    },
    preStart: [],
    restart: { policy: 'on-failure' },
    stopSignal: 'SIGTERM',
    stopGraceMs: 10_000,
    routes: [],
    watch: [],
    logging: { maxSizeBytes: 1e7, maxFiles: 3 },
    profiles: [],
    secrets: [],
    places: {},
    ...change,
  };
}

const running = (...specs: ServiceSpec[]) =>
  new Map(
    specs.map((one): [ServiceSpec['name'], Current] => [
      one.name,
      { spec: one, wanted: one.replicas, enabled: true, isBehind: false },
    ]),
  );
const wanted = (...specs: ServiceSpec[]) =>
  new Map(
    specs.map((one): [ServiceSpec['name'], Wanted] => [one.name, { spec: one, replicas: one.replicas, run: true }]),
  );
const actions = (now: ReturnType<typeof running>, then: ReturnType<typeof wanted>) =>
  Object.fromEntries(diff(now, then).map((step) => [step.service, step.action]));

describe('the plan', () => {
  test('nothing changed: everything is kept', () => {
    expect(actions(running(spec('a'), spec('b')), wanted(spec('a'), spec('b')))).toEqual({ a: 'keep', b: 'keep' });
  });

  test('lines that moved in the file change nothing', () => {
    const route = (line: number) => ({
      service: serviceName('a'),
      hostnames: [],
      matches: [],
      filters: [],
      timeouts: {},
      place: place(line),
    });
    const before = spec('a', { places: { command: place(3) }, routes: [route(3)] });
    const after = spec('a', { places: { command: place(9) }, routes: [route(9)] });
    expect(actions(running(before), wanted(after))).toEqual({ a: 'keep' });
  });

  test('only the changed one is touched', () => {
    const after = spec('a', { environment: { X: '2' } });
    const [step] = diff(running(spec('a'), spec('b')), wanted(after, spec('b')));
    expect(step).toMatchObject({ action: 'rollout', service: 'a', changed: ['environment'] });
    expect(actions(running(spec('a'), spec('b')), wanted(after, spec('b')))).toEqual({ a: 'rollout', b: 'keep' });
  });

  test('a rollout that failed is tried again, whatever the file says now', () => {
    const behind = new Map([...running(spec('a'))].map(([name, now]) => [name, { ...now, isBehind: true }]));
    const [same] = diff(behind, wanted(spec('a')));
    expect(same).toEqual({ action: 'rollout', service: 'a', changed: [], again: true });
    const [scaled] = diff(behind, wanted(spec('a', { replicas: 2 })));
    expect(scaled).toEqual({ action: 'rollout', service: 'a', changed: [], again: true, from: 1, to: 2 });
    const [edited] = diff(behind, wanted(spec('a', { environment: { A: '1' } })));
    expect(edited).toEqual({ action: 'rollout', service: 'a', changed: ['environment'] });
  });

  test('what a running process can take on needs no new one', () => {
    expect(actions(running(spec('a')), wanted(spec('a', { stopGraceMs: 1, profiles: ['x'] })))).toEqual({
      a: 'update',
    });
  });

  test('another number of replicas scales', () => {
    expect(diff(running(spec('a')), wanted(spec('a', { replicas: 3 })))).toEqual([
      { action: 'scale', service: 'a', changed: ['replicas'], from: 1, to: 3 },
    ]);
  });

  test('new ones start, those that left the file are removed first', () => {
    expect(diff(running(spec('old')), wanted(spec('new'))).map((step) => step.action)).toEqual(['remove', 'start']);
  });

  test('a service that was stopped starts again; one that is not asked for stays as it is', () => {
    const stopped = new Map([[serviceName('a'), { spec: spec('a'), wanted: 1, enabled: false, isBehind: false }]]);
    expect(actions(stopped, wanted(spec('a')))).toEqual({ a: 'start' });
    expect(diff(stopped, new Map([[serviceName('a'), { spec: spec('a'), replicas: 1, run: false }]]))).toEqual([]);
  });
});

test('who asked to be restarted with what is replaced is, and so on from there; who did not, or is stopped, is not', () => {
  const on = (service: string, restart = true) => ({
    dependsOn: [{ service: serviceName(service), condition: 'service_healthy', required: true, restart }] as const,
  });
  const others = [spec('orders', on('db')), spec('web', on('orders')), spec('other', on('db', false))];
  const off = spec('off', on('db'));
  const now = new Map([
    ...running(spec('web', on('orders')), spec('db'), ...others),
    [off.name, { spec: off, wanted: 1, enabled: false, isBehind: false }] as const,
  ]);
  const changed = spec('db', { environment: { A: '1' } as never });
  const steps = diff(now, wanted(...others, changed, off));
  expect(steps.map(({ service, action, after }) => [service, action, ...(after ?? [])])).toEqual([
    ['orders', 'restart', 'db'],
    ['web', 'restart', 'orders'],
    ['other', 'keep'],
    ['db', 'rollout'],
    ['off', 'start'],
  ]);
  expect(processLaunches(steps, wanted(...others, changed, off))).toBe(4);
});

test('the processes that steps launch: all of a start and of a rollout, what is added by a scale, none of what stays', () => {
  const now = running(spec('new', { replicas: 1 }), spec('grown'), spec('shrunk', { replicas: 3 }), spec('same'));
  const then = wanted(
    spec('new', { replicas: 2, environment: { A: '1' } as never }),
    spec('grown', { replicas: 4 }),
    spec('shrunk', { replicas: 1 }),
    spec('same'),
    spec('fresh', { replicas: 5 }),
    spec('image', { run: { kind: 'container' } as never, replicas: 9 }),
  );
  expect(processLaunches(diff(now, then), then)).toBe(2 + 3 + 5);
});
