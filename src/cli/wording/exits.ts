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

export function exitWords({ code, signal, outOfMemory }: Exit): string {
  if (outOfMemory) return memoryWords(code, outOfMemory.limitBytes);
  if (signal !== null) return MEANING[signal] ?? `ended by ${signal}`;
  if (code === null) return 'ended';
  return CODES[code] ?? `exited ${code}`;
}

function memoryWords(code: number | null, limitBytes: number | null): string {
  const killer =
    limitBytes === null ? 'the machine, which had no memory left' : `its memory limit (${asInFile(limitBytes)})`;
  return code === null ? `killed by ${killer}` : `exited ${code}, after a part of it was killed by ${killer}`;
}

/** As Compose writes sizes: `64m`. */
function asInFile(bytes: number): string {
  const power = [3, 2, 1].find((n) => bytes % 1024 ** n === 0) ?? 0;
  return `${bytes / 1024 ** power}${'bkmg'[power]}`;
}
