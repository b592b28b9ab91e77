import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __MSVC_VERSION__: JSON.stringify('0.0.0-test') },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers than that only make each test slower.
    maxWorkers: 2,
    pool: 'forks',
  },
});
