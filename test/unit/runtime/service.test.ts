/** One service with a real driver; the world around it is the test's. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { MsvcError } from '../../../src/model/error.ts';
import type { NewEvent } from '../../../src/model/event.ts';
import { serviceName } from '../../../src/model/names.ts';
import type { ServiceSpec } from '../../../src/model/project.ts';
import { Registry } from '../../../src/registry/registry.ts';
import { allUp } from '../../../src/runtime/all-up.ts';
import type { Running } from '../../../src/runtime/drivers/driver.ts';
import { Service } from '../../../src/runtime/service.ts';
import { eventually } from '../../rig/wait.ts';
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

function service(claimPort: () => Promise<number>, command = 'exec sleep 1000', wrap = (running: Running) => running) {
  const events: NewEvent[] = [];
  const listeners = new Set<() => void>();
  const onAnyChange = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const { driver } = testDriver();
  const log = memoryLog();
  const web = new Service(SPEC, {
    registry: new Registry(),
    driverOf: () => ({ ...driver, launch: async (...launch) => wrap(await driver.launch(...launch)) }),
    emit: (event) => events.push(event),
    openLog: () => memoryLog(),
    claimPort,
    movePort: async () => null,
    releasePorts: () => {},
    launchRequest: () => ({ ...launchRequest({ command }), log }),
    drain: async () => {},
    prepare: async () => ({ image: null }),
    statusOf: () => ({ present: true, started: true, healthy: true, completed: false, failed: false }),
    onAnyChange,
    changed: () => {
      for (const listener of [...listeners]) listener();
    },
    onSlowStart: () => {},
  });
  return { web, events, log, up: () => allUp(web, onAnyChange) };
}

test('a rollout for which there is no port has failed: the old version serves on, and the next one is tried', async () => {
  const ports = [1, new MsvcError('MSVC_NO_FREE_PORT', 'no port is left'), 2];
  const { web, events, up } = service(async () => {
    const port = ports.shift()!;
    if (typeof port === 'number') return port;
    throw port;
  });
  const kinds = (): string[] =>
    events.map(({ type }) => type).filter((type) => type.startsWith('rollout') || type === 'service.blocked');
  web.start({ waitForDependencies: false });
  await up();
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

test('who had to be killed is told before the end, however soon that is seen', async () => {
  const slow = (running: Running): Running => ({
    ...running,
    kill: async () => {
      const pids = await running.kill();
      await running.drained;
      for (let turn = 0; turn < 10; turn++) await setImmediate();
      return pids;
    },
  });
  const { web, events, log, up } = service(async () => 1, "trap '' TERM; echo up; exec sleep 1000", slow);
  web.start({ waitForDependencies: false });
  await up();
  await eventually('it to ignore SIGTERM', () => log.stdout.includes('up'));
  await web.stop('stop', { graceMs: 50 });
  const end = events.map(({ type }) => type).filter((type) => /forced|stopped/.test(type));
  expect(end).toEqual(['instance.forced', 'instance.stopped', 'service.stopped']);
});
