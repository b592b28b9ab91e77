/** `msvc doctor`: asks the machine and the project what could keep a system from running. Changes nothing. */
import { MsvcError } from '../../model/error.ts';
import type { CommandModule } from '../command.ts';
import type { Context } from '../context.ts';
import type { Check, Finding } from '../doctor/check.ts';
import { CHECKS } from '../doctor/index.ts';
import { explain } from '../examples.ts';
import type { CheckJson } from '../json-contract.ts';
import type { Colour } from '../style.ts';

interface Options {
  readonly json?: boolean;
}

const COLOURS: Readonly<Record<CheckJson['status'], Colour>> = { ok: 'green', warning: 'yellow', problem: 'red' };
/** ENVIRONMENT's exit code: the machine lacks something. */
const PROBLEM_EXIT = 4;

export const { define }: CommandModule = {
  define(command, bind) {
    command.option('--json', 'one array, for programs');
    explain(
      command,
      [{ line: 'msvc doctor', does: 'check Node, limits, ports, folders, and the programs of your services' }],
      ['Exit codes: 0 nothing is in the way, 4 there is a problem.'],
    );
    bind(command, async (context, options: Options) => {
      const results: CheckJson[] = [];
      for (const check of CHECKS) {
        const found = await findings(check, context);
        results.push(...found.map((finding) => ({ check: check.name, ...finding })));
      }
      if (options.json) context.out.json(results);
      else print(context, results);
      return results.some(({ status }) => status === 'problem') ? PROBLEM_EXIT : 0;
    });
  },
};

async function findings(check: Check, context: Context): Promise<readonly Finding[]> {
  try {
    const found = await check.run(context);
    return Array.isArray(found) ? found : [found as Finding];
  } catch (error) {
    if (error instanceof MsvcError && error.code === 'MSVC_SPEC_NOT_FOUND') return [];
    const hint = error instanceof MsvcError ? (error.hint ?? null) : null;
    return [{ status: 'problem', detail: (error as Error).message, hint }];
  }
}

function print({ out }: Context, results: readonly CheckJson[]): void {
  const width = Math.max(...results.map(({ check }) => check.length));
  for (const { check, status, detail, hint } of results) {
    const word = out.style.paint(COLOURS[status], status.padEnd('problem'.length));
    out.line(`${word}  ${check.padEnd(width)}  ${detail}`);
    if (hint !== null) out.line(`${' '.repeat(width + 11)}${out.style.paint('cyan', 'hint:')} ${hint}`);
  }
}
