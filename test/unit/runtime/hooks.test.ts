import { expect, test } from 'vitest';
import type { NewEvent } from '../../../src/model/event.ts';
import { serviceName } from '../../../src/model/names.ts';
import type { ServiceSpec } from '../../../src/model/project.ts';
import type { Driver } from '../../../src/runtime/drivers/driver.ts';
import { Ending } from '../../../src/runtime/ending.ts';
import { runHooks } from '../../../src/runtime/hooks.ts';
import { isGone, launchRequest, testDriver } from './support.ts';

test('a pre_start whose service is stopped just as it is launched is ended', async () => {
  const { driver } = testDriver();
  const ending = new Ending();
  const pids: number[] = [];
  const stoppedMeanwhile: Driver = {
    ...driver,
    launch: async (request, asked) => {
      const running = await driver.launch(request, asked);
      pids.push(running.pid);
      ending.begin();
      return running;
    },
  };
  const events: NewEvent[] = [];
  const emit = (event: NewEvent): number => events.push(event);
  const hook = { command: { kind: 'shell', line: 'exec sleep 1000' }, environment: {}, perReplica: false };
  const spec = {
    name: serviceName('web'),
    preStart: [hook, hook],
    stopGraceMs: 10_000,
    places: {},
  } as unknown as ServiceSpec;
  const base = launchRequest({ command: 'true' });
  await runHooks(spec, { perReplica: false }, base, { driver: stoppedMeanwhile, emit }, undefined, ending);
  expect(pids).toHaveLength(1);
  expect(isGone(pids[0]!)).toBe(true);
  expect(events.map(({ type }) => type)).toEqual(['hook.started', 'hook.exited']);
});
