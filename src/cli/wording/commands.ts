/** Command lines, short enough for a sentence: of processes, and what somebody asked of msvc. Pure. */
import type { EventFacts } from '../../model/event.ts';

const MAX_LENGTH = 80;

/** Enough to know it by; of an engine of msvc's the path and project are left out. */
export function shortCommand(command: string): string {
  const engine = /^msvc engine of (\S+)/.exec(command);
  if (engine) return `the msvc engine of ${engine[1]}`;
  return command.length > MAX_LENGTH ? `${command.slice(0, MAX_LENGTH - 1)}…` : command;
}

/** `msvc kill catalog.2`, as it was typed as far as that is kept. */
export function commandLine({ command, services, facts }: EventFacts['command.received']): string {
  // `up` carries every service that its plan touches, which is not what was typed.
  const named = command === 'up' ? [] : Array.isArray(facts.targets) ? facts.targets : services;
  return ['msvc', command, ...named].join(' ');
}
