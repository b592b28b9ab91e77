/**
 * One call of `msvc`, from its arguments to its exit code. The only place where errors end: whatever is thrown below
 * is printed here, once, in the one format, and its kind decides the code.
 */
import { EXIT_CODES, exitCodeOf, MsvcError } from '../model/error.ts';
import type { Surroundings } from './context.ts';
import { directStream } from './direct-stream.ts';
import { Output } from './output.ts';

/** @param perform reads the arguments and does what they say; resolves with the exit code */
export async function run(
  argv: readonly string[],
  perform: (around: Surroundings) => Promise<number>,
): Promise<number> {
  const { env } = process;
  const out = new Output(() => directStream(1, () => process.stdout), env);
  const err = new Output(() => directStream(2, () => process.stderr), env);
  Output.pair(out, err);
  const json = wantsJson(argv);
  const fail = async (error: unknown): Promise<number> => {
    const { printError, dataOf } = await import('./print-error.ts');
    printError(error, { output: err, json, cwd: cwdOr('/') });
    return exitCodeOf(dataOf(error).code);
  };
  const bug = (error: unknown): void => {
    fail(error).then(
      (code) => process.exit(code),
      () => process.exit(EXIT_CODES.internal),
    );
  };
  process.on('uncaughtException', bug);
  process.on('unhandledRejection', bug);
  let code: number;
  try {
    code = await perform({ cwd: cwdOr(null), env, out, err, json });
  } catch (error) {
    code = await fail(error);
  }
  await Promise.all([out.flush(), err.flush()]);
  return code;
}

/** @throws MsvcError MSVC_USAGE when the folder one stands in has been removed and there is no substitute */
function cwdOr(substitute: string | null): string {
  try {
    return process.cwd();
  } catch (error) {
    if (substitute !== null) return substitute;
    throw new MsvcError('MSVC_USAGE', 'the current folder does not exist any more', {
      hint: 'go to another one, or come back to it: `cd "$PWD"`',
      cause: error,
    });
  }
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).includes('--json');
}
