/** What the palette offers for what has been typed so far, and what a whole line means. Pure. */
import { suggest } from '../../../model/suggest.ts';
import { LEVELS } from '../../../runtime/logs/level.ts';
import { type CommandName, commandNamed, paletteCommands, type Word } from './commands.ts';
import { FAULT_WORDS } from './fault-words.ts';

export interface Offer {
  /** The whole line when it is taken. */
  readonly line: string;
  readonly label: string;
  readonly about: string;
}

/** What there is to be named. */
export interface Known {
  readonly services: readonly string[];
  readonly edges: readonly string[];
  /** What a command is about that names none. */
  readonly selected?: string | undefined;
}

export type Parsed = { readonly command: CommandName; readonly words: readonly string[] } | { readonly error: string };

/** Best first: names that begin with it, then names that contain its letters in order. */
export function offers(text: string, known: Known): readonly Offer[] {
  const [name = '', ...words] = text.trimStart().split(/\s+/);
  if (words.length === 0) {
    return ranked(name, paletteCommands(), (command) => command.name).map((command) => ({
      line: `${command.name}${command.words?.length ? ' ' : ''}`,
      label: command.name,
      about: command.summary,
    }));
  }
  const kind = commandNamed(name)?.words?.[words.length - 1];
  if (kind === undefined) return [];
  const before = [name, ...words.slice(0, -1)].join(' ');
  return ranked(words.at(-1) ?? '', valuesOf(kind, known), (value) => value).map((value) => ({
    line: `${before} ${value}`,
    label: value,
    about: '',
  }));
}

export function parse(text: string, known: Known): Parsed {
  const { services } = known;
  const [name = '', ...words] = text.trim().split(/\s+/);
  const all = paletteCommands();
  const exact = all.find((command) => command.name === name) ?? only(all.filter((c) => c.name.startsWith(name)));
  if (!exact) {
    const near = suggest(
      name,
      all.map((command) => command.name),
    );
    return { error: `there is no command ${name}${near === undefined ? '' : `; did you mean ${near}?`}` };
  }
  const kinds = exact.words ?? [];
  // An expression may have blanks of its own.
  const isText = kinds[0] === 'pattern' || kinds[0] === 'check';
  const given = isText
    ? [text.trim().slice(name.length).trim()].filter((word) => word !== '')
    : replicasOf(kinds, words, known);
  for (const [i, word] of given.entries()) {
    if (kinds[i] === 'service' && !services.includes(word)) {
      const near = suggest(word, services);
      return { error: `there is no service ${word}${near === undefined ? '' : `; did you mean ${near}?`}` };
    }
    if (kinds[i] === 'replicas' && !/^\d{1,3}$/.test(word)) return { error: `${word} is no number of replicas` };
  }
  return { command: exact.name as CommandName, words: given };
}

/** `scale orders 5`, as the command line has it: `scale orders=5`; and of the selected service: `scale 5`. */
function replicasOf(
  kinds: readonly Word[],
  words: readonly string[],
  { services, selected }: Known,
): readonly string[] {
  const [first = '', ...rest] = words;
  if (kinds[1] !== 'replicas' || services.includes(first) || rest.length > 0) return words;
  if (/^\d+$/.test(first) && selected !== undefined) return [selected, first];
  return first.includes('=') ? first.split('=', 2) : words;
}

function valuesOf(kind: Word, { services, edges }: Known): readonly string[] {
  switch (kind) {
    case 'service':
      return services;
    case 'edge':
      return edges;
    case 'fault':
      return FAULT_WORDS;
    case 'level':
      return [...LEVELS.filter((level) => level !== 'trace' && level !== 'fatal'), 'all'];
    case 'replicas':
      return ['1', '2', '3', '5'];
    default:
      return [];
  }
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}

function ranked<T>(typed: string, items: readonly T[], nameOf: (item: T) => string): T[] {
  const wanted = typed.toLowerCase();
  const begins = items.filter((item) => nameOf(item).startsWith(wanted));
  const scattered = items.filter((item) => !begins.includes(item) && hasInOrder(nameOf(item), wanted));
  return [...begins, ...scattered];
}

function hasInOrder(name: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
