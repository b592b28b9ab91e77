/** Lines from a level on. The lines that continue one (frames of its trace) are wanted when it is. */
import { stripAnsi } from './ansi.ts';
import type { Matcher } from './grep.ts';
import { isAtLeast, type Level } from './level.ts';
import type { LogRecord } from './records.ts';
import { levelOfLine } from './structured.ts';
import { continuesLine } from './trace-lines.ts';

/** Keeps in mind the last line of each replica: ask for every line, in order, and before anything else is left out. */
export function levelFilter(least: Level): (record: LogRecord) => boolean {
  const last = new Map<string, { readonly text: string; readonly isWanted: boolean }>();
  return ({ service, replica, line }) => {
    const slot = `${service}.${replica}`;
    const text = stripAnsi(line);
    const before = last.get(slot);
    const isWanted = before && continuesLine(text, before.text) ? before.isWanted : isAtLeast(levelOfLine(text), least);
    last.set(slot, { text, isWanted });
    return isWanted;
  };
}

/** For finding where the last so many begin: a line that has the level itself. */
export function withLevel(matcher: Matcher | undefined, least: Level | undefined): Matcher | undefined {
  if (least === undefined) return matcher;
  return {
    matches: (line) =>
      isAtLeast(levelOfLine(stripAnsi(line)), least) && (matcher === undefined || matcher.matches(line)),
  };
}
