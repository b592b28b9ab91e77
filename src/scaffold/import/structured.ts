/**
 * For files that have maps of processes in words of their own: each key has a handler; a key without one stays as a comment
 * in the entry. So no key of the source can be forgotten: what nobody handles is told.
 */
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { Draft, MARK, spanOf } from './draft.ts';
import { keyLines, nameFrom } from './entries.ts';

/**
 * Keys of msvc with their values; under `LOST` what of it msvc has no word for. A string alone says what a person has to do
 * instead.
 */
export type Handled = (Readonly<Record<string, unknown>> & { readonly [LOST]?: string }) | string;
export const LOST = Symbol('lost');
export type Handler = (value: unknown, name: string) => Handled;

export interface Words {
  /** The key that holds the map of processes. */
  readonly processes: string;
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Keys at the top of the file that mean nothing to msvc. */
  readonly idle?: readonly string[];
}

export function importStructured(source: string, words: Words): Draft {
  const draft = Draft.from(source);
  const { contents } = parseDocument(source.replaceAll('\r\n', '\n'), {
    uniqueKeys: false,
    logLevel: 'error',
    merge: true,
  });
  const taken = new Set<string>();
  if (!isMap(contents)) return draft;
  for (const pair of contents.items) {
    if (keyOf(pair) === words.processes) continue;
    if (words.idle?.includes(keyOf(pair)))
      draft.append([], numbers(source, pair), 'translated', 'means nothing to msvc');
    else leave(draft, source, pair, '', 'msvc has no such word at the top of a file');
  }
  const pair = contents.items.find((candidate) => keyOf(candidate) === words.processes);
  draft.append(['services:'], pair ? headLine(source, pair) : [], 'translated', '`services` in msvc');
  if (!isMap(pair?.value)) return draft;
  for (const entry of pair.value.items) process(draft, source, entry, words, taken);
  return draft;
}

function process(draft: Draft, source: string, entry: Pair, words: Words, taken: Set<string>): void {
  const written = keyOf(entry);
  const name = nameFrom(written, taken);
  taken.add(name);
  draft.append(
    [`  ${name}:`],
    headLine(source, entry),
    name === written ? 'kept' : 'translated',
    name === written ? undefined : `the name is ${name}`,
  );
  if (!isMap(entry.value)) {
    const value = isScalar(entry.value) ? entry.value.value : null;
    const handled = words.handlers['']?.(value, name) ?? 'it has no command';
    take(draft, source, entry, handled, '    ');
    return;
  }
  const given = new Set<string>();
  for (const pair of (entry.value as YAMLMap).items) {
    const handler = words.handlers[keyOf(pair)];
    const value = (pair.value as { toJSON?: () => unknown } | null)?.toJSON?.() ?? null;
    const handled = handler?.(value, name) ?? 'msvc has no such word';
    const twice = typeof handled === 'object' && Object.keys(handled).find((key) => given.has(key));
    take(draft, source, pair, typeof twice === 'string' ? `\`${twice}\` is said already` : handled, '    ');
    if (typeof handled === 'object') for (const key of Object.keys(handled)) given.add(key);
  }
}

function take(draft: Draft, source: string, pair: Pair, handled: Handled, indent: string): void {
  if (typeof handled === 'string') {
    leave(draft, source, pair, indent, handled);
    return;
  }
  const lines = Object.entries(handled).flatMap(([key, value]) =>
    value === undefined ? [] : keyLines(key, value, indent.length),
  );
  const same = lines.join('\n').replace(/\s+/g, '') === textOf(source, pair).join('\n').replace(/\s+/g, '');
  const words = Object.keys(handled)
    .filter((key) => handled[key] !== undefined)
    .map((key) => `\`${key}\``);
  const note = words.length === 0 ? 'as msvc does anyway' : `${words.join(', ')} in msvc`;
  const lost = handled[LOST];
  const marks = lost === undefined ? [] : [`${indent}${MARK} ${lost}`];
  const told = lost === undefined ? note : `${note}; ${lost}`;
  draft.append([...marks, ...lines], numbers(source, pair), same ? 'kept' : 'translated', same ? undefined : told);
}

function leave(draft: Draft, source: string, pair: Pair, indent: string, note: string): void {
  const lines = textOf(source, pair).map((line) => `${indent}# ${line}`.trimEnd());
  draft.append([`${indent}${MARK} ${note}`, ...lines], numbers(source, pair), 'needs-you', note);
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function numbers(source: string, pair: Pair): number[] {
  const span = spanOf(source, pair);
  return span ? Array.from({ length: span.to - span.from + 1 }, (_, i) => span.from + i + 1) : [];
}

function headLine(source: string, pair: Pair): number[] {
  return numbers(source, pair).slice(0, 1);
}

/** Without the indentation that all its lines share. */
function textOf(source: string, pair: Pair): string[] {
  const lines = numbers(source, pair).map((number) => source.replaceAll('\r\n', '\n').split('\n')[number - 1] ?? '');
  const indent = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)![0].length));
  return lines.map((line) => line.slice(Number.isFinite(indent) ? indent : 0));
}
