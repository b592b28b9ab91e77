/** A short run of what test/long/gateway-fuzz.test.ts does for ten minutes: the kept seeds, and the first few hundred. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GatewayFuzz } from '../../fuzz/fuzz-gateway.ts';
import { onCleanup } from './rig/gateway-rig.ts';

const KEPT = JSON.parse(readFileSync(new URL('../../fuzz/seeds.json', import.meta.url), 'utf8')) as number[];

it('nearly right messages: nothing hangs, nothing is hidden, nothing is answered twice', async () => {
  const fuzz = await GatewayFuzz.open();
  onCleanup(() => fuzz.close());
  for (const seed of [...KEPT, ...Array.from({ length: 300 }, (_, i) => i)]) {
    expect(await fuzz.run(seed), `seed ${seed}`).toEqual([]);
  }
});
