/** How a process ended, in words. Pure. */
import type { Exit } from '../../model/instance.ts';

const MEANING: Readonly<Record<string, string>> = {
  SIGKILL: 'killed (SIGKILL)',
  SIGSEGV: 'crashed (SIGSEGV)',
  SIGABRT: 'aborted (SIGABRT)',
  SIGBUS: 'crashed (SIGBUS)',
};

const CODES: Readonly<Record<number, string>> = {
  126: 'exited 126 (found, but not executable)',
  127: 'exited 127 (command not found)',
};

export function exitWords({ code, signal }: Exit): string {
  if (signal !== null) return MEANING[signal] ?? `ended by ${signal}`;
  if (code === null) return 'ended';
  return CODES[code] ?? `exited ${code}`;
}
