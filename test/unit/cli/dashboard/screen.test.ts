/** What is written to the terminal, and when. */
import { expect, test } from 'vitest';
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

test('keys are answered at once, at most twenty frames a second are drawn', async () => {
  const at: number[] = [];
  const frames = new Frames(() => at.push(performance.now()));
  const begin = performance.now();
  // A key held down, twice as fast as frames are given out.
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      frames.want(true);
      if (performance.now() - begin < 2_000) return;
      clearInterval(timer);
      resolve();
    }, 10);
  });
  const tookMs = performance.now() - begin;
  frames.stop();
  // The budget of a burst, and then one every 50 ms.
  expect(at.length).toBeLessThanOrEqual(3 + tookMs / 50 + 1);
  expect(at.length).toBeGreaterThan(5);
});

test('what happens by itself is drawn at most ten times a second', async () => {
  let drawn = 0;
  const frames = new Frames(() => drawn++);
  const begin = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      frames.want(false);
      if (performance.now() - begin < 1_000) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
  frames.stop();
  expect(drawn).toBeLessThanOrEqual(1 + (performance.now() - begin) / 100);
});
