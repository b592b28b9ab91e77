/** The entry of every command (dist/cli/full.js): help, misspelt names, and the commands that read msvc.yaml. */
import { COMMANDS } from './commands/index.ts';
import { runProgram } from './program.ts';
import { run } from './run.ts';

export function runFull(argv: readonly string[]): Promise<number> {
  return run(argv, (around) => runProgram(argv, around, COMMANDS));
}
