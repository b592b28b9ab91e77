/** One service with a real driver; the world around it is the test's. */
import { expect, test } from 'vitest';
import { MsvcError } from '../../../src/model/error.ts';
import type { NewEvent } from '../../../src/model/event.ts';
import { serviceName } from '../../../src/model/names.ts';
import type { ServiceSpec } from '../../../src/model/project.ts';
import { Registry } from '../../../src/registry/registry.ts';
import { Service } from '../../../src/runtime/service.ts';
import { launchRequest, memoryLog, testDriver } from './support.ts';

const SPEC = {
  name: serviceName('web'),
  run: { kind: 'process' },
  port: { kind: 'auto' },
  replicas: 1,
  dependsOn: [],
  preStart: [],
  healthcheck: { probe: { kind: 'none' }, retries: 3, startPeriodMs: 60_000, intervalMs: 1_000, timeoutMs: 1_000 },
  restart: { policy: 'no' },
  stopGraceMs: 10_000,
  places: {},
} as unknown as ServiceSpec;

function service(claimPort: () => Promise<number>) {
  const events: NewEvent[] = [];
  const listeners = new Set<() => void>();
  const { driver } = testDriver();
  const web = new Service(SPEC, {
    registry: new Registry(),
    driverOf: () => driver,
    emit: (event) => events.push(event),
    openLog: () => memoryLog(),
    claimPort,
    movePort: async () => null,
    releasePorts: () => {},
    launchRequest: () => launchRequest({ command: 'exec sleep 1000' }),
    drain: async () => {},
    prepare: async () => ({ image: null }),
    statusOf: () => ({ present: true, started: true, healthy: true, completed: false, failed: false }),
    onAnyChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    changed: () => {
      for (const listener of [...listeners]) listener();
    },
    onSlowStart: () => {},
  });
  return { web, events };
}

test('a rollout for which there is no port has failed: the old version serves on, and the next one is tried', async () => {
  const ports = [1, new MsvcError('MSVC_NO_FREE_PORT', 'no port is left'), 2];
  const { web, events } = service(async () => {
    const port = ports.shift()!;
    if (typeof port === 'number') return port;
    throw port;
  });
  const kinds = (): string[] =>
    events.map(({ type }) => type).filter((type) => type.startsWith('rollout') || type === 'service.blocked');
  web.start({ waitForDependencies: false });
  await web.steady();
  web.replace({ reason: 'restart' });
  await web.settled();
  expect(kinds()).toEqual(['rollout.started', 'rollout.failed']);
  expect(events.find(({ type }) => type === 'rollout.failed')).toMatchObject({
    serving: true,
    error: { code: 'MSVC_NO_FREE_PORT' },
  });
  web.replace({ reason: 'restart' });
  await web.settled();
  expect(kinds().slice(2)).toEqual(['rollout.started', 'rollout.finished']);
  await web.stop('down');
  await web.dispose();
});
