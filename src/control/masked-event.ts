/** An event without secrets: texts are masked, and what msvc itself goes by stays as it is. Pure. */
import type { MsvcEvent } from '../model/event.ts';

/** Replaces secrets' values in whatever text an event carries. */
export interface Masker {
  /** @param json of an event. @returns false when no text in it holds a value */
  finds(json: string): boolean;
  mask(text: string): string;
}

/**
 * Names of services and the words of msvc's own vocabulary, which everybody may read in the definition. One of them may
 * well be some secret's value, too (a service `postgres` whose password is `postgres`): the view would lose the service.
 */
const WORDS: ReadonlySet<string> = new Set([
  'type',
  'service',
  'services',
  'instance',
  'caller',
  'callee',
  'id',
  'name',
  'dir',
  'url',
  'host',
  'version',
  'run',
  'code',
  'kind',
  'reason',
  'condition',
  'action',
  'after',
  'changed',
  'calls',
  'dependsOn',
  'balancer',
  'by',
  'origin',
  'signal',
]);
/** Elsewhere it is what somebody has written, arguments and all. */
const WORDS_OF_COMMAND: ReadonlySet<string> = new Set([...WORDS, 'command']);
const NONE: ReadonlySet<string> = new Set();

/** Keys and numbers stay: an event has the same shape whatever the values are. */
export function maskedEvent(event: MsvcEvent, masker: Masker): MsvcEvent {
  return masked(event, event.type === 'command.received' ? WORDS_OF_COMMAND : WORDS, masker);
}

function masked<T>(value: T, words: ReadonlySet<string>, masker: Masker): T {
  if (typeof value === 'string') return masker.mask(value) as T;
  if (Array.isArray(value)) return value.map((one) => masked(one, words, masker)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, isWord(key, inner, words) ? inner : inside(key, inner)]),
  ) as T;

  /** Facts are free: an error's words stand under any name. */
  function inside<I>(key: string, inner: I): I {
    return masked(inner, key === 'facts' ? NONE : words, masker);
  }
}

function isWord(key: string, value: unknown, words: ReadonlySet<string>): boolean {
  return words.has(key) && (typeof value === 'string' || Array.isArray(value));
}
