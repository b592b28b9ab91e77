/** What is written to the terminal, and when. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Frames } from '../../../../src/cli/dashboard/terminal/frames.ts';
import { Pace } from '../../../../src/cli/dashboard/terminal/pace.ts';
import { Screen } from '../../../../src/cli/dashboard/terminal/screen.ts';

class Sink {
  written: string[] = [];
  write(text: string): void {
    this.written.push(text);
  }
}

test('only lines that changed are written, in one synchronized update', () => {
  const sink = new Sink();
  const screen = new Screen(sink);
  expect(screen.draw(['one', 'two', 'three'])).toBe(3);
  expect(screen.draw(['one', 'TWO', 'three'])).toBe(1);
  expect(sink.written[1]).toBe('\x1b[?2026h\x1b[2;1H\x1b[0m\x1b[KTWO\x1b[0m\x1b[?2026l');
  expect(screen.draw(['one', 'TWO', 'three'])).toBe(0);
  expect(sink.written).toHaveLength(2);
  expect(sink.written.join('')).not.toContain('\x1b[2J');
});

test('fewer lines than before leave nothing of the old ones; after `forget` all are written', () => {
  const sink = new Sink();
  const screen = new Screen(sink);
  screen.draw(['one', 'two', 'three']);
  screen.draw(['one']);
  expect(sink.written[1]).toContain('\x1b[2;1H\x1b[0m\x1b[J');
  screen.forget();
  expect(screen.draw(['one'])).toBe(1);
});

test('what is to stand behind a frame is asked for only where there is one', () => {
  const sink = new Sink();
  const screen = new Screen(sink);
  let asked = 0;
  const behind = () => `?${++asked}`;
  screen.draw(['one'], behind);
  screen.draw(['one'], behind);
  expect(asked).toBe(1);
  expect(sink.written).toEqual([expect.stringMatching(/\?1$/)]);
});

describe('the pace of the terminal', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('the next frame waits until the one before has come; a key waits for no more than one', () => {
    let free = 0;
    const pace = new Pace(() => free++);
    expect(pace.ask()).toBe('\x1b[5n');
    // Not known yet whether it answers at all.
    expect([pace.allows(false), pace.allows(true)]).toEqual([false, true]);
    vi.advanceTimersByTime(500);
    expect(pace.allows(false)).toBe(true);
    pace.answered();
    expect(free).toBe(1);
    pace.ask();
    expect([pace.allows(false), pace.allows(true)]).toEqual([false, true]);
    pace.ask();
    expect(pace.allows(true)).toBe(false);
    pace.answered();
    expect([pace.allows(false), pace.allows(true)]).toEqual([false, true]);
    pace.answered();
    expect(pace.allows(false)).toBe(true);
    // One too many, such as of a terminal that was taken over in between.
    pace.answered();
    expect(pace.allows(false)).toBe(true);
  });

  test('a terminal that never answers is asked no more; one that falls silent is not waited for until it answers again', () => {
    const mute = new Pace(() => {});
    mute.ask();
    vi.advanceTimersByTime(10_000);
    expect([mute.ask(), mute.allows(false)]).toEqual(['', true]);

    const silent = new Pace(() => {});
    silent.ask();
    silent.answered();
    silent.ask();
    expect(silent.allows(false)).toBe(false);
    vi.advanceTimersByTime(10_000);
    expect(silent.allows(false)).toBe(true);
    expect(silent.ask()).not.toBe('');
    silent.answered();
    silent.ask();
    expect(silent.allows(false)).toBe(false);
  });

  test('at the end the last answer is waited for, but not for ever', async () => {
    const pace = new Pace(() => {});
    await pace.quiet();
    pace.ask();
    const answered = pace.quiet();
    pace.answered();
    await answered;
    pace.ask();
    const never = pace.quiet();
    await vi.advanceTimersByTimeAsync(4_000);
    await never;
  });
});

describe('frames', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Wants one every so often, for so long. @returns when frames were drawn, in ms since the beginning */
  function drawn(isUrgent: boolean, everyMs: number, forMs: number): number[] {
    const begin = performance.now();
    const at: number[] = [];
    const frames = new Frames(() => at.push(performance.now() - begin));
    for (let ms = 0; ms < forMs; ms += everyMs) {
      frames.want(isUrgent);
      vi.advanceTimersByTime(everyMs);
    }
    frames.stop();
    return at;
  }

  test('a key is answered at once; a key held down gives at most twenty frames a second, after a short burst', () => {
    expect(drawn(true, 1_000, 1_000)[0]).toBeLessThanOrEqual(1);
    const at = drawn(true, 10, 5_000);
    expect(at.length).toBeGreaterThanOrEqual(95);
    expect(at.length).toBeLessThanOrEqual(3 + 5_000 / 50);
  });

  test('what is drawn is told whether somebody waits for it', () => {
    const waited: boolean[] = [];
    const frames = new Frames((isUrgent) => waited.push(isUrgent));
    frames.want(false);
    frames.want(true);
    frames.want(false);
    vi.advanceTimersByTime(200);
    frames.want(false);
    vi.advanceTimersByTime(200);
    expect(waited).toEqual([true, false]);
    frames.stop();
  });

  test('what happens by itself is drawn at most eight times a second', () => {
    const at = drawn(false, 5, 5_000);
    expect(at.length).toBeGreaterThanOrEqual(38);
    expect(at.length).toBeLessThanOrEqual(1 + 5_000 / 125);
  });

  test('nothing is drawn on a terminal that was given back', () => {
    let count = 0;
    const frames = new Frames(() => count++);
    frames.want(true);
    frames.stop();
    frames.want(true);
    vi.advanceTimersByTime(1_000);
    expect(count).toBe(0);
  });
});
