/** What a CI reads: JUnit XML that keeps to its schema whatever was answered, and annotations in the CI's own words. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { annotatorFor } from '../../../src/cli/smoke/report/annotations.ts';
import { junitXml } from '../../../src/cli/smoke/report/junit.ts';
import { reasonLines } from '../../../src/cli/smoke/wording.ts';
import type { CheckResult, Mismatch } from '../../../src/smoke/result.ts';
import { REPOSITORY } from '../../rig/cli.ts';
import { lacks, skipIf } from '../../rig/skip.ts';

const base: CheckResult = {
  name: 'an order is placed',
  place: { file: '/p/msvc.yaml', line: 4, column: 5 },
  state: 'passed',
  round: 1,
  tookMs: 12.3,
  attempts: 1,
  mismatches: [],
  problem: null,
  slow: null,
  exchange: null,
};
const status: Mismatch = { where: { kind: 'status' }, rule: 'equals', expected: ['201'], actual: 503 };
const failed: CheckResult = {
  ...base,
  name: 'odd: <&"\u0000\u001b[31m, 50%\n',
  state: 'failed',
  round: 2,
  mismatches: [status],
  exchange: { sent: 'GET /', received: 'HTTP ]]> \u0007 \ud800 \u{1f600}' },
};
const results: CheckResult[] = [
  base,
  failed,
  { ...base, name: 'late', state: 'error', problem: { kind: 'timeout', message: 'no answer within 10 ms' } },
  {
    ...base,
    name: 'never',
    state: 'skipped',
    problem: { kind: 'prior', message: 'a value is missing', because: ['id'] },
  },
];
const xml = junitXml({ name: 'shop', at: 0, tookMs: 99, results, dir: '/p' });

test('JUnit keeps to the schema that CI services read it by', (context) => {
  skipIf(context, lacks('xmllint'));
  const dir = mkdtempSync(path.join(tmpdir(), 'junit-'));
  try {
    const file = path.join(dir, 'report.xml');
    writeFileSync(file, xml);
    execFileSync('xmllint', ['--noout', '--schema', path.join(REPOSITORY, 'test/golden/smoke/junit.xsd'), file], {
      stdio: 'pipe',
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('JUnit says what failed, what could not be made and what was not made', () => {
  expect(xml).toContain('tests="4" failures="1" errors="1"');
  expect(xml).toContain('<failure message="status is 503, expected 201" type="expectation">');
  expect(xml).toContain('<error message="timed out: no answer within 10 ms" type="timeout">');
  expect(xml).toContain('<skipped message="nothing was captured as id"/>');
  expect(xml).toContain('file="msvc.yaml" line="4"');
});

test('GitHub marks the line of each check that did not pass', () => {
  expect(annotatorFor({ GITHUB_ACTIONS: 'true' })?.lines(results, '/p')).toEqual([
    '::error file=msvc.yaml,line=4,col=5,title=odd%3A <&"\u0000\u001b[31m%2C 50%25%0A::status is 503, expected 201',
    '::error file=msvc.yaml,line=4,col=5,title=late::timed out: no answer within 10 ms',
  ]);
});

test('GitLab gets a section for each; elsewhere nothing is added', () => {
  const lines = annotatorFor({ GITLAB_CI: 'true' })?.lines([failed], '/p') ?? [];
  expect(lines[0]).toMatch(/section_start:\d+:smoke_0/);
  expect(lines.at(-1)).toMatch(/section_end:\d+:smoke_0/);
  expect(annotatorFor({})).toBe(null);
});

test.each<[Mismatch, string]>([
  [status, 'status is 503, expected 201'],
  [
    { where: { kind: 'header', name: 'x-a' }, rule: 'contains', expected: 'b', actual: undefined },
    'header x-a is not there, expected something with "b"',
  ],
  [{ where: { kind: 'json', path: '$.a' }, rule: 'equals', expected: 1, actual: 2 }, '$.a is 2, expected 1'],
  [
    { where: { kind: 'jsonpath', path: '$.l' }, rule: 'count', expected: 2, actual: [1] },
    '$.l has 1 element, expected 2',
  ],
  [{ where: { kind: 'jsonpath', path: '$.n' }, rule: 'gt', expected: 2, actual: 1 }, '$.n is 1, expected more than 2'],
  [{ where: { kind: 'exit' }, rule: 'equals', expected: 0, actual: 3 }, 'exit code is 3, expected 0'],
  [{ where: { kind: 'latency' }, rule: 'equals', expected: 100, actual: 1500 }, 'took 1.5 s, expected at most 100 ms'],
  [
    { where: { kind: 'log' }, rule: 'equals', expected: { contains: 'x' }, actual: true },
    'no such line was written: {"contains":"x"}',
  ],
  [
    { where: { kind: 'openapi', path: '$' }, rule: 'status', expected: ['200', '404'], actual: '500' },
    'the OpenAPI document has no status 500 for this, only 200 or 404',
  ],
])('%j in words', (mismatch, words) => {
  expect(reasonLines({ mismatches: [mismatch], problem: null })).toEqual([words]);
});
