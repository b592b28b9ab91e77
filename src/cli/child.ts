/**
 * Runs a program in the foreground as `exec` and `run` do: it has the terminal, gets the signals that msvc gets, and
 * its end is msvc's end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { isatty } from 'node:tty';
import { MsvcError } from '../model/error.ts';
import { findProgram } from '../runtime/drivers/program.ts';
import { exitCodeOfSignal } from './flags/signal.ts';

/** Ctrl-C and Ctrl-\ come from the terminal to the whole foreground group: the child has them already. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'];

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Complete: nothing is inherited beside it. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * @returns its exit code, 128+n when a signal ended it
 * @throws MsvcError MSVC_INTERPRETER_MISSING, MSVC_WORKING_DIR_MISSING, MSVC_LAUNCH_FAILED
 */
export async function runChild(options: ChildOptions): Promise<number> {
  const { command, args, cwd, env } = options;
  let child: ChildProcess;
  try {
    child = spawn(command, args, { cwd, env, stdio: 'inherit' });
  } catch (error) {
    // Node reports some failures by throwing and the rest by an event.
    throw launchError(options, error as NodeJS.ErrnoException);
  }
  // Asked of the descriptor: a stream made of it would set it to non-blocking, for the child too.
  const interactive = isatty(0);
  const handlers = [...FROM_TERMINAL, ...PASSED_ON].map((signal) => {
    const handler = (): void => {
      if (!(interactive && FROM_TERMINAL.includes(signal))) child.kill(signal);
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(launchError(options, error)));
      child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : exitCodeOfSignal(signal)));
    });
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}

function launchError({ command, cwd, env }: ChildOptions, error: NodeJS.ErrnoException): MsvcError {
  const facts = { program: command, workingDir: cwd };
  if (!isFolder(cwd)) {
    return new MsvcError('MSVC_WORKING_DIR_MISSING', `${cwd}, where ${command} is to run, is not a folder`, {
      facts,
      cause: error,
    });
  }
  // A folder on the PATH that cannot be looked into makes `execvp` say EACCES or ELOOP of a program that is nowhere.
  if (error.code === 'ENOENT' || findProgram(command, env, cwd).kind === 'missing') {
    return new MsvcError('MSVC_INTERPRETER_MISSING', `${command} was not found (from ${cwd})`, {
      facts,
      hint: 'it is looked for in the PATH that the service gets',
      cause: error,
    });
  }
  return new MsvcError('MSVC_LAUNCH_FAILED', `${command} could not be launched: ${error.message}`, {
    facts,
    cause: error,
  });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
