import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Exit } from '../../../../src/model/instance.ts';
import type { RestartSpec } from '../../../../src/model/project.ts';
import { BACKOFF, type BackoffState, NO_FAILURES, nextDelay } from '../../../../src/runtime/restarts/backoff.ts';
import { decideRestart, restartPolicies } from '../../../../src/runtime/restarts/index.ts';

const ok: Exit = { code: 0, signal: null };
const failed: Exit = { code: 1, signal: null };
const killed: Exit = { code: null, signal: 'SIGKILL' };

describe('what a policy decides', () => {
  it.each<[RestartSpec, Exit, { hasPort?: boolean; attempts?: number; forced?: boolean }, string]>([
    [{ policy: 'no' }, ok, {}, 'completed'],
    [{ policy: 'no' }, ok, { hasPort: true }, 'failed'],
    [{ policy: 'no' }, failed, {}, 'failed'],
    [{ policy: 'no' }, killed, {}, 'failed'],
    [{ policy: 'on-failure' }, ok, {}, 'completed'],
    [{ policy: 'on-failure' }, ok, { hasPort: true }, 'restart'],
    [{ policy: 'on-failure' }, ok, { forced: true }, 'restart'],
    [{ policy: 'on-failure' }, failed, { attempts: 1000 }, 'restart'],
    [{ policy: 'on-failure' }, killed, {}, 'restart'],
    [{ policy: 'on-failure', maxAttempts: 3 }, failed, { attempts: 2 }, 'restart'],
    [{ policy: 'on-failure', maxAttempts: 3 }, failed, { attempts: 3 }, 'failed'],
    [{ policy: 'on-failure', maxAttempts: 0 }, failed, {}, 'failed'],
    [{ policy: 'always' }, ok, {}, 'restart'],
    [{ policy: 'always' }, failed, { attempts: 1000, hasPort: true }, 'restart'],
    [{ policy: 'unless-stopped' }, ok, {}, 'restart'],
    [{ policy: 'unless-stopped' }, killed, {}, 'restart'],
  ])('%j, %j, %j: %s', (spec, exit, { hasPort = false, attempts = 0, forced = false }, verdict) => {
    expect(decideRestart(spec, { exit, attempts, hasPort, forced })).toBe(verdict);
  });

  it('is known for every policy of the definition', () => {
    const all: Record<RestartSpec['policy'], true> = {
      no: true,
      always: true,
      'on-failure': true,
      'unless-stopped': true,
    };
    expect(restartPolicies.map(({ policy }) => policy).sort()).toEqual(Object.keys(all).sort());
  });
});

/** Failures at these moments, without chance. */
function failAt(times: readonly number[], readyForMs = 0, before: BackoffState = NO_FAILURES) {
  let state = before;
  const delays: number[] = [];
  for (const now of times) {
    const next = nextDelay(state, { now, readyForMs, random: 0.5 });
    state = next.state;
    delays.push(next.delayMs);
  }
  return { state, delays };
}

describe('the delay', () => {
  it('doubles from 200 ms', () => {
    // Far enough apart to be no loop.
    expect(failAt([0, 20_000, 40_000, 60_000, 80_000, 100_000]).delays).toEqual([200, 400, 800, 1600, 3200, 6400]);
  });

  it('never passes 30 s', () => {
    const { delays } = failAt(Array.from({ length: 40 }, (_, index) => index * 20_000));
    expect(Math.max(...delays)).toBe(30_000);
    expect(delays.at(-1)).toBe(30_000);
  });

  it('begins again after a launch that was ready for 30 s, and not before', () => {
    const { state } = failAt([0, 20_000, 40_000]);
    expect(nextDelay(state, { now: 80_000, readyForMs: 30_000, random: 0.5 }).delayMs).toBe(200);
    expect(nextDelay(state, { now: 80_000, readyForMs: 29_999, random: 0.5 }).delayMs).toBe(1600);
  });

  it('is spread, within a fifth either way', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        const { delayMs } = nextDelay(NO_FAILURES, { now: 0, readyForMs: 0, random });
        expect(delayMs).toBeGreaterThanOrEqual(160);
        expect(delayMs).toBeLessThanOrEqual(240);
      }),
    );
  });
});

describe('a crash loop', () => {
  it('is five failures within 60 s, and is retried at the longest delay', () => {
    expect(failAt([0, 1000, 2000, 3000]).state.crashLoop).toBe(false);
    const { state, delays } = failAt([0, 1000, 2000, 3000, 4000]);
    expect(state.crashLoop).toBe(true);
    expect(delays.at(-1)).toBe(30_000);
  });

  it('is not five failures over more than 60 s', () => {
    expect(failAt([0, 15_000, 30_000, 45_000, 60_000]).state.crashLoop).toBe(false);
    expect(failAt([0, 14_000, 28_000, 42_000, 59_999]).state.crashLoop).toBe(true);
  });

  it('ends only with a launch that stays ready', () => {
    const { state } = failAt([0, 1000, 2000, 3000, 4000, 34_000, 64_000, 94_000]);
    expect(state.crashLoop).toBe(true);
    const after = nextDelay(state, { now: 200_000, readyForMs: 60_000, random: 0.5 });
    expect(after).toEqual({ state: { attempts: 1, failures: [200_000], crashLoop: false }, delayMs: 200 });
  });

  it('takes no more memory however long it lasts', () => {
    expect(failAt(Array.from({ length: 1000 }, (_, index) => index)).state.failures.length).toBe(BACKOFF.loopFailures);
  });
});
