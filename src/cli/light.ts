/** The commands that act on a system, bundled into one file. */
import { LIGHT } from './commands/light.ts';
import { runProgram } from './program.ts';
import { run } from './run.ts';

export { leave } from '../runtime/children/leave.ts';

export function runLight(argv: readonly string[]): Promise<number> {
  return run(argv, (around) => runProgram(argv, around, Object.values(LIGHT)));
}
