/** Marks are found wherever they stand in an environment, also in one that is larger than what is read in one go. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { RUN_MARK, SERVICE_MARK } from '../../../../src/runtime/marks.ts';
import { hasProc } from '../../../../src/runtime/process-table.ts';
import { markedProcesses } from '../../../../src/runtime/processes/marked.ts';
import type { ProcessRow } from '../../../../src/runtime/processes/process-row.ts';
import { skipIf } from '../../../rig/skip.ts';

/** What it uses of the machine goes on changing. */
function lasting({ cpuSeconds: _cpu, memoryBytes: _memory, ...row }: ProcessRow): object {
  return row;
}

it.for([0, 100_000])('after %i bytes of other variables', async (bytes, context) => {
  skipIf(context, !hasProc && 'marks can be seen on Linux only');
  const run = `test-${process.pid}-${bytes}`;
  const child = spawn('/bin/sleep', ['1000'], {
    stdio: 'ignore',
    env: { BEFORE: 'x'.repeat(bytes), [SERVICE_MARK]: 'web', [RUN_MARK]: run },
  });
  const gone = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  const found = (await markedProcesses()).filter((one) => one.run === run);
  expect(found).toMatchObject([{ pid: child.pid, service: 'web' }]);
  expect((await markedProcesses(run)).map(lasting)).toEqual(found.map(lasting));
  // That of a run whose id begins like another's is not that one's.
  expect(await markedProcesses(run.slice(0, -1))).toEqual([]);
});
