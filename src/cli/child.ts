/**
 * Runs a program in the foreground as `exec` and `run` do: it has the terminal, gets the signals that msvc gets, and
 * its end is msvc's end.
 */
import { spawn } from 'node:child_process';
import { isatty } from 'node:tty';
import { MsvcError } from '../model/error.ts';
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

/** @returns its exit code, 128+n when a signal ended it. @throws MsvcError MSVC_INTERPRETER_MISSING, MSVC_LAUNCH_FAILED */
export async function runChild({ command, args, cwd, env }: ChildOptions): Promise<number> {
  const child = spawn(command, [...args], { cwd, env, stdio: 'inherit' });
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
      child.once('error', (error) => reject(launchError(command, cwd, error)));
      child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : exitCodeOfSignal(signal)));
    });
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}

function launchError(command: string, cwd: string, error: NodeJS.ErrnoException): MsvcError {
  if (error.code === 'ENOENT') {
    return new MsvcError('MSVC_INTERPRETER_MISSING', `${command} was not found (from ${cwd})`, {
      facts: { program: command, workingDir: cwd },
      hint: 'it is looked for in the PATH that the service gets',
      cause: error,
    });
  }
  return new MsvcError('MSVC_LAUNCH_FAILED', `${command} could not be launched: ${error.message}`, {
    facts: { program: command, workingDir: cwd },
    cause: error,
  });
}
