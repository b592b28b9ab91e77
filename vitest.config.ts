import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './test/rig/wait.ts';

/** `expect.poll` gives up as late as everything else in a test that waits; of itself it would after one second. */
const patience = { expect: { poll: { timeout: PATIENCE_MS } } };

const shared = { define: { __MSVC_VERSION__: JSON.stringify('0.0.0-test') } };

export default defineConfig({
  ...shared,
  test: {
    // Two cores: more workers than that only make each test slower.
    maxWorkers: 2,
    pool: 'forks',
    projects: [
      {
        ...shared,
        test: {
          ...patience,
          name: 'unit',
          include: ['test/*.test.ts', 'test/{unit,golden,contract,rig}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          ...patience,
          name: 'e2e',
          include: ['test/{e2e,regress}/**/*.test.ts'],
          globalSetup: ['test/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          ...patience,
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          globalSetup: ['test/global-setup.ts'],
          testTimeout: 3_600_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
