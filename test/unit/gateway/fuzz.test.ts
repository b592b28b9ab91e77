/** A short run of what test/long/gateway-fuzz.test.ts does for ten minutes: what once broke something, and a few hundred seeds. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GatewayFuzz } from '../../fuzz/fuzz-gateway.ts';
import { Http2Fuzz } from '../../fuzz/fuzz-http2.ts';
import { onCleanup } from './rig/gateway-rig.ts';

/** Connections that once broke something, in base64: bytes outlive the generator that made them. */
const KEPT = JSON.parse(readFileSync(new URL('../../fuzz/kept-frames.json', import.meta.url), 'utf8')) as string[];

/** Seeds of which the judge once told a fault that was its own: a refusal right behind an answer was overlooked. */
const TOLD = [1351525739, 1267431336, 4229102567];

/** Such turns were seen where several suites share two processors. */
const LONG_TURN_MS = 50;

it('nearly right messages: nothing hangs, nothing is hidden, nothing is answered twice', async () => {
  const fuzz = await GatewayFuzz.open();
  onCleanup(() => fuzz.close());
  for (const seed of TOLD)
    for (let again = 0; again < 3; again++) expect(await fuzz.run(seed), `seed ${seed}`).toEqual([]);
  for (let seed = 0; seed < 300; seed++) expect(await fuzz.run(seed), `seed ${seed}`).toEqual([]);
});

it('nearly right frames: nothing hangs, each answer is on its own stream, once', async () => {
  const fuzz = await Http2Fuzz.open();
  onCleanup(() => fuzz.close());
  const bytes = KEPT.map((one) => Buffer.from(one, 'base64').toString('latin1'));
  expect((await Promise.all(bytes.map((one) => fuzz.runBytes(one)))).flat()).toEqual([]);
  expect(await fuzz.run(Array.from({ length: 300 }, (_, i) => i))).toEqual([]);
});

it('nearly right frames while the turns of the event loop are long: no origin of the fuzz is what is late', async () => {
  const fuzz = await Http2Fuzz.open(3_000);
  onCleanup(() => fuzz.close());
  let isOver = false;
  const lengthen = (): void => {
    for (const until = performance.now() + LONG_TURN_MS; performance.now() < until; );
    if (!isOver) setImmediate(lengthen);
  };
  lengthen();
  const found = await fuzz.run(Array.from({ length: 100 }, (_, i) => i));
  isOver = true;
  expect(found).toEqual([]);
});
