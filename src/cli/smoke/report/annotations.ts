/** How a CI service is told where it went wrong, in its own words. Pure. */
import path from 'node:path';
import type { CheckResult } from '../../../smoke/result.ts';
import { reasonLines } from '../wording.ts';

export interface Annotator {
  /** Lines to print around the details of the failed checks. */
  lines(results: readonly CheckResult[], dir: string): string[];
}

/** null: no CI that is known. */
export function annotatorFor(env: Readonly<Record<string, string | undefined>>): Annotator | null {
  if (env.GITHUB_ACTIONS === 'true') return GITHUB;
  if (env.GITLAB_CI === 'true') return GITLAB;
  return null;
}

/** https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-error-message */
const GITHUB: Annotator = {
  lines: (results, dir) =>
    results.filter(isBad).map(({ name, place, ...result }) => {
      const file = property(path.relative(dir, place.file));
      const where = `file=${file},line=${place.line},col=${place.column},title=${property(name)}`;
      return `::error ${where}::${data(reasonLines(result).join('\n'))}`;
    }),
};

/** A section of the job's log, open, per failed check: https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections */
const GITLAB: Annotator = {
  lines: (results) =>
    results.filter(isBad).flatMap(({ name, exchange, ...result }, i) => {
      const at = Math.floor(Date.now() / 1000);
      return [
        `\u001b[0Ksection_start:${at}:smoke_${i}[collapsed=false]\r\u001b[0K\u001b[31m${name}\u001b[0m`,
        ...reasonLines(result),
        ...(exchange ? ['', ...exchange.sent.split('\n'), '', ...exchange.received.split('\n')] : []),
        `\u001b[0Ksection_end:${at}:smoke_${i}\r\u001b[0K`,
      ];
    }),
};

function isBad({ state }: CheckResult): boolean {
  return state === 'failed' || state === 'error';
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
