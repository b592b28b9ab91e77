/** How the engine collects its garbage, in a process of its own: V8's flags are of a whole process. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { child, firstLine, programOf } from '../runtime/support.ts';

test('young objects are collected when asked, and V8’s code cache stays good for the next process', async () => {
  const source = 'function twice(n) { return 2 * n; } twice(21)';
  const program = await programOf(`
    import { constants, PerformanceObserver } from 'node:perf_hooks';
    import { Script } from 'node:vm';
    import { collectYoungAlone, collectYoungNow } from '#src/control/garbage-collection.ts';
    collectYoungAlone();
    const kept = process.argv[2] && Buffer.from(process.argv[2], 'base64');
    const script = new Script(${JSON.stringify(source)}, { filename: 'twice.js', ...(kept && { cachedData: kept }) });
    script.runInThisContext();
    const collected = new Promise((resolve) => {
      const observer = new PerformanceObserver((list) => resolve(list.getEntries().map(({ detail }) => detail.kind)));
      observer.observe({ entryTypes: ['gc'] });
    });
    collectYoungNow();
    const kinds = await collected;
    console.log(JSON.stringify({
      young: kinds.every((kind) => kind === constants.NODE_PERFORMANCE_GC_MINOR),
      gc: typeof globalThis.gc,
      refused: script.cachedDataRejected ?? null,
      cache: script.createCachedData().toString('base64'),
    }));
  `);
  const run = async (
    ...args: string[]
  ): Promise<{ refused: boolean | null; cache: string; young: boolean; gc: string }> => {
    const process_ = child(process.execPath, [program, ...args]);
    const ended = once(process_, 'exit');
    const said = JSON.parse(await firstLine(process_));
    expect(await ended).toEqual([0, null]);
    return said;
  };
  const first = await run();
  expect(first).toMatchObject({ young: true, gc: 'undefined', refused: null });
  expect(await run(first.cache)).toMatchObject({ young: true, gc: 'undefined', refused: false });
});
