/** The errors a launch can end in, from what the system said. Pure, but for the one look that tells two of them apart. */
import { MsvcError } from '../../model/error.ts';
import type { Launchable } from './driver.ts';

function workingDirOf({ run }: Launchable): string {
  return run.kind === 'process' ? run.workingDir : (run.workingDir ?? '/');
}

export function missingProgram(request: Launchable, program: string): MsvcError {
  const { service, place, environment } = request;
  return new MsvcError('MSVC_INTERPRETER_MISSING', `${service} needs ${program}, which is not there`, {
    facts: { program, service, workingDir: workingDirOf(request), path: environment.PATH ?? null },
    place,
    hint: program.includes('/')
      ? `create ${program}, or correct the command (paths start at ${workingDirOf(request)})`
      : `install ${program}, or put its folder on PATH; the other services can be started by name`,
  });
}

export function missingWorkingDir(request: Launchable, why: 'missing' | 'file' | 'closed'): MsvcError {
  const { service, place } = request;
  const workingDir = workingDirOf(request);
  const what = { missing: 'does not exist', file: 'is not a folder', closed: 'is closed to this user' }[why];
  return new MsvcError('MSVC_WORKING_DIR_MISSING', `${workingDir}, where ${service} is to run, ${what}`, {
    facts: { service, workingDir, isFile: why === 'file' },
    place,
    hint:
      why === 'closed'
        ? 'give yourself the permission, or correct working_dir'
        : 'correct working_dir, or create the folder',
  });
}

const REASONS: Readonly<Record<string, { reason: string; hint?: string }>> = {
  EACCES: { reason: 'it may not be executed', hint: 'chmod +x it, or name the program that runs it first' },
  EPERM: { reason: 'it may not be executed' },
  ENOEXEC: { reason: 'it is not in a format this system runs' },
  E2BIG: { reason: 'its arguments and environment are too large', hint: 'pass large values in a file' },
  EAGAIN: { reason: 'the limit of processes is reached', hint: 'raise `ulimit -u`, or stop something' },
  ENOMEM: { reason: 'there is not enough memory' },
  EMFILE: { reason: 'the limit of open files is reached', hint: 'raise `ulimit -n`' },
  ENFILE: { reason: "the system's limit of open files is reached" },
  ETXTBSY: { reason: 'it is being written' },
};

/** Anything else that kept a process from existing. `facts.reason` is the system's code. */
export function launchFailed(request: Launchable, program: string, error: unknown): MsvcError {
  const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  const known = REASONS[code];
  return new MsvcError(
    'MSVC_LAUNCH_FAILED',
    `${program} of ${request.service} could not be launched: ${known?.reason ?? (error as Error).message}`,
    {
      facts: { program, service: request.service, reason: code, workingDir: workingDirOf(request) },
      place: request.place,
      hint: known?.hint,
      cause: error,
    },
  );
}
