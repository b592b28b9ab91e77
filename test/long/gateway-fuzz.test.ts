/**
 * Ten minutes of nearly right messages (FUZZ_MINUTES says otherwise), half of it in HTTP/2. A seed that finds something
 * becomes a test: its generator may change.
 */
import { expect, test } from 'vitest';
import { GatewayFuzz } from '../fuzz/fuzz-gateway.ts';
import { Http2Fuzz } from '../fuzz/fuzz-http2.ts';
import { Random } from './random.ts';

const MINUTES = Number(process.env.FUZZ_MINUTES ?? 10);
/** What is loaded once, and what grows with the first use, is there after that share of the time. */
const WARM_UP = 0.25;
/** Connections before all is looked at: the end of each waits for the slowest. */
const WAVE = 2_000;

const megabytes = (): number => process.memoryUsage().rss / 1e6;

const HTTP1_MEGABYTES = 60;
/**
 * Node 20 keeps the memory of nghttp2 (22 KB) of about one hostile session in 150, though its socket and its streams are
 * gone and nothing in JavaScript holds it: 2 KB a connection were seen.
 */
const HTTP2_KILOBYTES_EACH = 4;

/** Goes on for half of the time. @param some runs a few cases with those seeds */
async function fuzzed(
  what: string,
  some: (seeds: readonly number[]) => Promise<string[]>,
  wave: number,
  mostMegabytes: (connections: number) => number,
): Promise<void> {
  const random = new Random();
  const begun = performance.now();
  const share = (): number => (performance.now() - begun) / (MINUTES * 30_000);
  const found: string[] = [];
  let count = 0;
  let base: number | null = null;
  let countAtBase = 0;
  while (share() < 1 && found.length < 20) {
    const seeds = Array.from({ length: wave }, () => random.below(2 ** 32));
    found.push(...(await some(seeds)));
    count += seeds.length;
    if (base === null && share() > WARM_UP) {
      base = megabytes();
      countAtBase = count;
    }
  }
  const grown = base === null ? 0 : megabytes() - base;
  const perSecond = (count * 1_000) / (performance.now() - begun);
  process.stderr.write(`${what}: ${count} connections, ${perSecond.toFixed(0)}/s, ${grown.toFixed(0)} MB grown\n`);
  expect(found).toEqual([]);
  expect(count).toBeGreaterThan(0);
  expect(grown).toBeLessThan(mostMegabytes(count - countAtBase));
}

test('no byte sequence breaks the gateway', async () => {
  const fuzz = await GatewayFuzz.open();
  const one = async (seed: number) => (await fuzz.run(seed)).map((fault) => `seed ${seed}: ${fault}`);
  await fuzzed(
    'HTTP/1',
    ([seed]) => one(seed!),
    1,
    () => HTTP1_MEGABYTES,
  ).finally(() => fuzz.close());
});

test('no sequence of frames breaks the gateway', async () => {
  const fuzz = await Http2Fuzz.open();
  await fuzzed(
    'HTTP/2',
    (seeds) => fuzz.run(seeds),
    WAVE,
    (connections) => 20 + (connections * HTTP2_KILOBYTES_EACH) / 1e3,
  ).finally(() => fuzz.close());
});
