/**
 * Why a service cannot start, or does not come up, in one line; of SQL the place and the statement as well, which stand
 * in no log. Pure.
 */
import type { ErrorData, Facts } from '../../model/error.ts';

const SHOWN_CHARACTERS = 80;

export function reasonText({ message, facts, place }: ErrorData): string {
  const { path, statement, sqlite } = facts;
  if (typeof path !== 'string' || typeof statement !== 'string' || !place) return message;
  const line = statement.replace(/\s+/g, ' ');
  const shown = line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line;
  return `${path}:${place.line}: ${sqlite}, in \`${shown}\``;
}

/** What to do about it. */
export function reasonHint({ hint, facts }: ErrorData): string | undefined {
  return hint ?? sqlHint(facts);
}

/** About a migration, or the seed, of which a statement failed. */
export function sqlHint({ statement, transaction }: Facts): string | undefined {
  if (statement === undefined || transaction === undefined) return undefined;
  const kept = transaction ? 'nothing of the file was applied' : 'what stands before it was applied';
  return `${kept}: correct it, and \`msvc up\` tries again`;
}
