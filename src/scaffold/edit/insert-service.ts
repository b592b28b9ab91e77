/**
 * Adds a service to the text of an msvc.yaml. Nothing is printed anew: the new lines are put where they belong and every
 * other byte stays, so comments, order, blank lines and quotes are their author's. The result is parsed and compared
 * before it is given back: all that was there means what it meant, and the new service is what was asked for.
 */
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isMap, isScalar, type Pair, parseDocument, stringify, type YAMLMap } from 'yaml';
import { indentAt, indented, lineEndAfter, pastComments, restepped, spliced } from './yaml-text.ts';

export interface NewEntry {
  readonly name: string;
  /** Its keys as YAML text in steps of two spaces, ending with a line end; comments are kept. */
  readonly entry: string;
}

interface Style {
  /** Spaces before a service's name. */
  readonly indent: number;
  /** Spaces from a service's name to its keys. */
  readonly step: number;
  /** A blank line between services. */
  readonly apart: boolean;
}

/** @returns undefined when the text has a form in which the new lines have no place (an alias, for instance) */
export function insertService(text: string, added: NewEntry): string | undefined {
  // Where both kinds of line ends are mixed, each stays as it is.
  const windows = /\r\n/.test(text) && !/(?<!\r)\n/.test(text);
  const plain = windows ? text.replaceAll('\r\n', '\n') : text;
  const fits = candidates(plain, added).find((candidate) => isFaithful(plain, candidate, added));
  return fits === undefined || !windows ? fits : fits.replaceAll('\n', '\r\n');
}

/** Ways to put it in, the best looking first. */
function candidates(text: string, added: NewEntry): string[] {
  const document = parseDocument(text, { uniqueKeys: false, logLevel: 'error' });
  if (document.errors.length > 0) return [];
  const { contents } = document;
  if (contents === null) return [appended(text, added)];
  if (!isMap(contents) || contents.range == null) return [];
  const pair = contents.items.find(({ key }) => isScalar(key) && key.value === 'services');
  if (!pair)
    return contents.flow
      ? [intoFlow(text, contents, { services: entryObject(added) })]
      : [atTop(text, contents, added)];
  const { value } = pair;
  if (isAlias(value)) return [];
  if (value === null || (isScalar(value) && value.value === null)) return [underKey(text, endOfKey(pair), added)];
  if (!isMap(value) || value.range == null) return [];
  if (value.items.length === 0) {
    return [
      intoEmpty(text, value, endOfKey(pair), added) ?? intoFlow(text, value, { [added.name]: parsed(added.entry) }),
    ];
  }
  if (value.flow) return [intoFlow(text, value, { [added.name]: parsed(added.entry) })];
  return intoBlock(text, value as YAMLMap, added);
}

function intoBlock(text: string, services: YAMLMap, added: NewEntry): string[] {
  const style = styleOf(text, services);
  if (style === undefined) return [];
  const end = pastComments(text, lineEndAfter(text, Math.max(0, endOfPair(services.items.at(-1)!) - 1)), style.indent);
  const before = text.slice(0, end).endsWith('\n') ? '' : '\n';
  const forms = [restepped(added.entry, style.step), added.entry].map((entry) => block(added.name, entry, style));
  const spaces = style.apart ? ['\n', ''] : [''];
  return spaces.flatMap((space) => forms.map((form) => spliced(text, end, end, before + space + form)));
}

function styleOf(text: string, services: YAMLMap): Style | undefined {
  const starts = services.items.map((pair) => (pair.key as { range?: [number, number, number] }).range![0]);
  const indents = starts.map((start) => indentAt(text, start));
  const indent = indents.at(-1)!;
  if (indent < 0) return undefined;
  const steps = services.items.flatMap(({ value }) => {
    const inner = isMap(value) && !value.flow ? value.items[0] : undefined;
    const start = (inner?.key as { range?: [number, number, number] } | undefined)?.range?.[0];
    const column = start === undefined ? -1 : indentAt(text, start);
    return column > indent ? [column - indent] : [];
  });
  // Of one alone nothing is known: a file that has room for blank lines elsewhere gets one.
  const gaps = starts.slice(1).map((start) => /\n[ \t]*\n([ \t]*#.*\n)*[ \t]*$/.test(text.slice(0, start)));
  const apart = gaps.length > 0 ? gaps.filter(Boolean).length * 2 >= gaps.length : /\n[ \t]*\n/.test(text.trim());
  return { indent, step: steps[0] ?? 2, apart };
}

function block(name: string, entry: string, { indent, step }: Style): string {
  return `${' '.repeat(indent)}${keyOf(name)}:\n${indented(entry, indent + step)}`;
}

/** `services:` with nothing below it but, perhaps, comments. */
function underKey(text: string, key: number, added: NewEntry): string {
  const line = lineEndAfter(text, key);
  const end = pastComments(text, line, 1);
  const apart = end > line ? '\n' : '';
  const before = text.slice(0, end).endsWith('\n') ? apart : '\n';
  return spliced(text, end, end, before + block(added.name, added.entry, { indent: 2, step: 2, apart: false }));
}

/** `services: {}`: the braces go, what stands behind them stays. */
function intoEmpty(text: string, services: YAMLMap, key: number, added: NewEntry): string | undefined {
  const [start, end] = services.range as [number, number, number];
  if (!/^\s*:\s*$/.test(text.slice(key, start))) return undefined;
  const line = lineEndAfter(text, end);
  const rest = text.slice(end, line).trim();
  return underKey(spliced(text, key, line, `:${rest === '' ? '' : ` ${rest}`}\n`), key, added);
}

function intoFlow(text: string, map: YAMLMap, more: object): string {
  const [start, end] = map.range as [number, number, number];
  const last = map.items.at(-1);
  const words = JSON.stringify(more, null, 1).replace(/\n\s*/g, ' ').slice(2, -2);
  if (!last) return spliced(text, start, end, `{ ${words} }`);
  const at = endOfPair(last);
  const first = (map.items[0]!.key as { range: [number, number, number] }).range[0];
  const column = indentAt(text, first);
  const gap = column < 0 ? ' ' : `\n${' '.repeat(column)}`;
  return spliced(text, at, at, `,${gap}${words}`);
}

/** Behind everything that the file says, before what it says in comments below. */
function atTop(text: string, top: YAMLMap, added: NewEntry): string {
  const last = top.items.at(-1);
  const end = last ? lineEndAfter(text, Math.max(0, endOfPair(last) - 1)) : text.length;
  return spliced(text, end, end, `${text.slice(0, end).endsWith('\n') || end === 0 ? '' : '\n'}\n${section(added)}`);
}

function appended(text: string, added: NewEntry): string {
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${section(added)}`;
}

function section(added: NewEntry): string {
  return `services:\n${block(added.name, added.entry, { indent: 2, step: 2, apart: false })}`;
}

function endOfKey(pair: Pair): number {
  return (pair.key as { range: [number, number, number] }).range[1];
}

function endOfPair(pair: Pair): number {
  const value = pair.value as { range?: [number, number, number] | null } | null;
  const end = value?.range?.[1];
  return end === undefined || end < endOfKey(pair) ? endOfKey(pair) : end;
}

function keyOf(name: string): string {
  return stringify(name).trimEnd();
}

const parsed = (entry: string): unknown => parseDocument(entry).toJS() ?? {};
const entryObject = (added: NewEntry): object => ({ [added.name]: parsed(added.entry) });

function isFaithful(before: string, after: string, added: NewEntry): boolean {
  const [old, now] = [before, after].map((text) => {
    const document = parseDocument(text, { uniqueKeys: false, merge: true, logLevel: 'error' });
    return document.errors.length > 0 ? undefined : ((document.toJS() ?? {}) as Record<string, unknown>);
  });
  if (old === undefined || now === undefined) return false;
  const services = { ...((old.services as object | null) ?? {}) };
  if (added.name in services) return false;
  return isDeepStrictEqual(now, { ...old, services: { ...services, ...entryObject(added) } });
}
