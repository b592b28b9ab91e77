/** Signals as people write them: `TERM`, `sigterm`, `SIGTERM`, `15`. Pure. */
import { constants } from 'node:os';
import { MsvcError } from '../../model/error.ts';

/** @throws MsvcError MSVC_USAGE */
export function signalFlag(text: string): string {
  const upper = text.toUpperCase();
  const names = Object.keys(constants.signals);
  const byNumber = names.find((name) => String(constants.signals[name as NodeJS.Signals]) === text);
  const name = byNumber ?? (upper.startsWith('SIG') ? upper : `SIG${upper}`);
  if (names.includes(name)) return name;
  throw new MsvcError('MSVC_USAGE', `there is no signal "${text}"`, {
    hint: 'for example TERM, INT, HUP, USR1 or KILL',
  });
}

/** What a shell reports for a process that a signal ended. */
export function exitCodeOfSignal(signal: string): number {
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}
