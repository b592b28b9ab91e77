/**
 * Reads vitest's JSON report and says what it means: every test that failed, every test that was skipped and whether
 * it may be, and as the last line `N passed, N failed`.
 *
 *   node .ci/summary.mjs <report.json> <exit code of the run>
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [reportFile, exit] = process.argv.slice(2);
const allowed = new Set(
  readFileSync(new URL('allowed-skips', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' # ')[0].trim()),
);

const problems = [];
const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : { testResults: [] };
if (report.testResults.length === 0) problems.push('no test was run (types, lint or build failed before them)');

let passed = 0;
const skipped = [];
for (const file of report.testResults) {
  const name = path.relative(process.cwd(), file.name);
  if (file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed')) {
    problems.push(`${name}: ${file.message || 'failed outside its tests'}`);
  }
  for (const test of file.assertionResults) {
    if (test.status === 'passed') passed++;
    else if (test.status === 'failed') problems.push(`${name}: ${test.fullName}`);
    else skipped.push({ name, test: test.fullName });
  }
}

console.log(`skipped: ${skipped.length}`);
for (const { name, test } of skipped) {
  const fine = allowed.has(test);
  console.log(`  ${name}: ${test}${fine ? ' (allowed)' : ''}`);
  if (!fine) problems.push(`${name}: ${test} was skipped`);
}
if (exit !== '0' && problems.length === 0) problems.push(`the test command exited ${exit}`);
for (const problem of problems) console.log(`FAILED ${problem}`);
console.log(`${passed} passed, ${problems.length} failed`);
process.exitCode = problems.length === 0 ? 0 : 1;
