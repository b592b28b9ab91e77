/**
 * JUnit XML, as Jenkins, GitLab and GitHub's actions read it. A check is a test case; an expectation that does not hold
 * is a failure, what could not be made an error. Pure.
 * https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
 */
import path from 'node:path';
import type { CheckResult } from '../../../smoke/result.ts';
import { reasonLines } from '../wording.ts';
import { tally } from './summary.ts';

export interface Suite {
  readonly name: string;
  /** Wall-clock start. */
  readonly at: number;
  readonly tookMs: number;
  readonly results: readonly CheckResult[];
  /** Base of shown paths. */
  readonly dir: string;
}

export function junitXml({ name, at, tookMs, results, dir }: Suite): string {
  const { failed, error, skipped } = tally(results);
  const totals = `tests="${results.length}" failures="${failed}" errors="${error}" time="${seconds(tookMs)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="msvc smoke" ${totals}>`,
    `  <testsuite name="${text(name)}" ${totals} skipped="${skipped}" timestamp="${new Date(at).toISOString().slice(0, 19)}">`,
    ...results.map((result) => testCase(result, name, dir)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(result: CheckResult, suite: string, dir: string): string {
  const { name, place, round, state, tookMs, exchange } = result;
  const title = round > 1 ? `${name} (round ${round})` : name;
  const file = `${path.relative(dir, place.file)}`;
  const head = `    <testcase name="${text(title)}" classname="${text(suite)}" file="${text(file)}" line="${place.line}" time="${seconds(tookMs)}"`;
  if (state === 'passed') return `${head}/>`;
  const reasons = reasonLines(result);
  const message = text(reasons[0] ?? state);
  if (state === 'skipped') return `${head}>\n      <skipped message="${message}"/>\n    </testcase>`;
  const element = state === 'failed' ? 'failure' : 'error';
  const body = [...reasons, ...(exchange ? ['', exchange.sent, '', exchange.received] : [])].join('\n');
  const type = state === 'failed' ? 'expectation' : (result.problem?.kind ?? 'error');
  return `${head}>\n      <${element} message="${message}" type="${type}">${text(body)}</${element}>\n    </testcase>`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** XML 1.0 has no place for most control characters, however they are written. */
function text(raw: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return raw
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"]/g, (character) => entities[character] as string)
    .replace(/[\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}
