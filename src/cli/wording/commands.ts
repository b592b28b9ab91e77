/** Command lines of processes, short enough for a sentence. Pure. */
const MAX_LENGTH = 80;

/** Enough to know it by; of an engine of msvc's the path and project are left out. */
export function shortCommand(command: string): string {
  const engine = /^msvc engine of (\S+)/.exec(command);
  if (engine) return `the msvc engine of ${engine[1]}`;
  return command.length > MAX_LENGTH ? `${command.slice(0, MAX_LENGTH - 1)}…` : command;
}
