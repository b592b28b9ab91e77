/** All of it once more without the compiled part: what a machine without a C compiler has. */
import { expect, it } from 'vitest';

process.env.MSVC_LAUNCH = 'node';

it('launches by Node alone', async () => {
  const { posix } = await import('../../src/runtime/children/posix.ts');
  expect(posix()).toBeNull();
});

await import('./process.test.ts');
