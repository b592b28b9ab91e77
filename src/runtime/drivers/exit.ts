/**
 * Exit codes that come through somebody else: an engine of containers, or the holder of a terminal, tells a signal as 128 +
 * its number, as shells do. Here it is a signal again. Pure.
 */
import { constants } from 'node:os';
import type { Exit } from '../../model/instance.ts';

/** Signals that end a program; a code above 128 that is none of these was the program's own. */
const DEADLY = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGSYS',
] as const;

export function exitOf(status: number): Exit {
  const signal = DEADLY.find((name) => constants.signals[name] === status - 128);
  return signal === undefined ? { code: status, signal: null } : { code: null, signal };
}
