/** What is written to the terminal, and when. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Frames } from '../../../../src/cli/dashboard/terminal/frames.ts';
import { Screen } from '../../../../src/cli/dashboard/terminal/screen.ts';

class Sink {
  written: string[] = [];
  takes = true;
  drain: () => void = () => {};
  write(text: string): boolean {
    this.written.push(text);
    return this.takes;
  }
  once(_event: 'drain', listener: () => void): void {
    this.drain = listener;
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

test('a slow reader is not fed until it has taken what it got', () => {
  const sink = new Sink();
  const screen = new Screen(sink);
  let drained = 0;
  screen.onDrain(() => drained++);
  sink.takes = false;
  screen.draw(['one']);
  expect(screen.isBehind).toBe(true);
  sink.drain();
  expect(screen.isBehind).toBe(false);
  expect(drained).toBe(1);
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
