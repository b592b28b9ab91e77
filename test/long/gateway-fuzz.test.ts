/** Ten minutes of nearly right messages (FUZZ_MINUTES says otherwise). A seed that finds something goes to test/fuzz/seeds.json. */
import { expect, test } from 'vitest';
import { GatewayFuzz } from '../fuzz/fuzz-gateway.ts';
import { Random } from './random.ts';

test('no byte sequence breaks the gateway', async () => {
  const random = new Random();
  const fuzz = await GatewayFuzz.open();
  const end = performance.now() + Number(process.env.FUZZ_MINUTES ?? 10) * 60_000;
  const found: string[] = [];
  let count = 0;
  let megabytes = 0;
  while (performance.now() < end && found.length < 20) {
    const seed = random.below(2 ** 32);
    for (const fault of await fuzz.run(seed)) found.push(`seed ${seed}: ${fault}`);
    // What is loaded once is loaded by then.
    if (++count === 5_000) megabytes = process.memoryUsage().rss / 1e6;
  }
  const grown = megabytes === 0 ? 0 : process.memoryUsage().rss / 1e6 - megabytes;
  process.stderr.write(`${count} connections, ${grown.toFixed(0)} MB grown\n`);
  await fuzz.close();
  expect(found).toEqual([]);
  expect(grown).toBeLessThan(60);
});
