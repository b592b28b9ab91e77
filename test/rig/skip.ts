/**
 * The only way to skip a test: with a reason, which is printed and ends in the run's list of skips. CI compares that
 * list with `.ci/allowed-skips`, so that what should have been tested cannot go missing quietly.
 */
import { execFileSync } from 'node:child_process';
import type { TestContext } from 'vitest';

/** @param missing why the test cannot run here, or false */
export function skipIf(context: TestContext, missing: string | false): void {
  if (missing === false) return;
  process.stderr.write(`SKIPPED ${context.task.name}: ${missing}\n`);
  context.skip(missing);
}

/** @returns the reason for `skipIf` when one of the programs is not installed */
export function lacks(...programs: readonly string[]): string | false {
  const missing = programs.filter((program) => {
    try {
      execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
  return missing.length > 0 && `not installed here: ${missing.join(', ')}`;
}
