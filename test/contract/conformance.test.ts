/** Every case of `docs/gateway-conformance.md` against our gateway: all must hold. */
import { expect, it } from 'vitest';
import { CASES } from '../conformance/index.ts';
import { Origin, runCase } from '../conformance/run-case.ts';
import { GatewayRig, onCleanup } from '../unit/gateway/rig/gateway-rig.ts';

it.each(CASES)('rule $rule: $what', async (one) => {
  const rig = await GatewayRig.open();
  const origin = await Origin.open();
  onCleanup(() => origin.close());
  rig.put(origin.port);
  const seen = await runCase(one, rig.port, origin, 10_000);
  expect(one.judge(seen), JSON.stringify(seen, null, 1).slice(0, 2_000)).toBeUndefined();
});
