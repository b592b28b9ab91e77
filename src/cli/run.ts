/**
 * One call of `msvc`, from its arguments to its exit code. The only place where errors end: whatever is thrown below
 * is printed here, once, in the one format, and its kind decides the code.
 */
import { exitCodeOf } from '../model/error.ts';
import type { CommandEntry } from './command.ts';
import { Output } from './output.ts';
import { Help, runProgram } from './program.ts';

/** @param commands the table to choose from */
export async function run(argv: readonly string[], commands: readonly CommandEntry[]): Promise<number> {
  const { env } = process;
  const out = new Output(process.stdout, env);
  const err = new Output(process.stderr, env);
  const json = wantsJson(argv);
  const fail = async (error: unknown): Promise<number> => {
    const { printError, dataOf } = await import('./print-error.ts');
    printError(error, { output: err, json, cwd: process.cwd() });
    return exitCodeOf(dataOf(error).code);
  };
  const bug = (error: unknown): void => {
    fail(error).then(
      (code) => process.exit(code),
      () => process.exit(70),
    );
  };
  process.on('uncaughtException', bug);
  process.on('unhandledRejection', bug);
  try {
    return await runProgram(argv, { cwd: process.cwd(), env, out, err }, commands);
  } catch (error) {
    if (error instanceof Help) return error.exitCode;
    return await fail(error);
  }
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}
