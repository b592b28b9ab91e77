/** Samples of a machine that is slow to answer, with the clock in the test's hand. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Sample, Sampler } from '../../../src/control/samples.ts';
import type { GatewayStats } from '../../../src/gateway/protocol.ts';

const STATS: GatewayStats = { connections: 0, edges: [], instances: [] };

test('one sample at a time, also when taking one takes longer than the interval: time does not run backwards', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const answers: (() => void)[] = [];
  const running = {
    pid: 1,
    usage: () =>
      new Promise<{ cpuSeconds: number; memoryBytes: number }>((resolve) => {
        answers.push(() => resolve({ cpuSeconds: answers.length, memoryBytes: 1 }));
      }),
  };
  const system = { services: [{ name: 'a', instances: [{ id: 'a.1@1', running }] }] };
  const sampler = new Sampler(system, async () => STATS);
  const samples: Sample[] = [];
  const stop = sampler.subscribe((sample) => void samples.push(sample));
  await vi.advanceTimersByTimeAsync(3_500);
  expect(answers).toHaveLength(1);
  answers[0]!();
  await vi.advanceTimersByTimeAsync(1_000);
  answers[1]!();
  await vi.advanceTimersByTimeAsync(0);
  stop();
  expect(samples.map(({ intervalMs }) => intervalMs)).toEqual([0, 4_000]);
});
