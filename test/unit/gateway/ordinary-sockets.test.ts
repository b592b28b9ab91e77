/** The rules once more where Node's insides are not what is expected: sockets in ordinary ways only. */
import { expect, it } from 'vitest';

process.env.MSVC_GATEWAY_SOCKETS = 'ordinary';

it('uses none of the insides', async () => {
  const { internals } = await import('../../../src/gateway/io/node-internals.ts');
  expect(internals.areUsed).toBe(false);
});

await import('./http2-abuse.test.ts');
await import('./http2-node.test.ts');
await import('./rules-forwarding.test.ts');
await import('./rules-http2.test.ts');
await import('./rules-streams.test.ts');
