/**
 * Runs vitest projects: `node scripts/test.mjs unit e2e`. With VITEST_JSON set to a file's path a report for
 * `.ci/summary.mjs` is written there beside what a person reads.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const report = process.env.VITEST_JSON;
const { status, signal } = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    ...process.argv.slice(2).flatMap((project) => ['--project', project]),
    ...(report ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : []),
  ],
  { stdio: 'inherit' },
);
process.exitCode = signal ? 1 : (status ?? 1);
