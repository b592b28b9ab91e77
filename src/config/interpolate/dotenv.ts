/**
 * Env files in Compose's dialect: `export`, comments, unquoted, 'single' and "double" quoted values (both over several
 * lines), escapes in double quotes, interpolation except in single quotes. A name alone takes the value it has outside.
 * Each value knows its place. Never throws.
 */
import type { Place } from '../../model/place.ts';
import type { Problems } from '../problems.ts';
import { placeAt, type SourceFile } from '../tree/node.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { parseText } from './parse.ts';

export interface EnvEntry {
  readonly value: string;
  readonly place: Place;
}

const ASSIGNMENT = /[ \t]*(?:export[ \t]+)?([^\s=:#'"]+)[ \t]*(?:(=|:(?=[ \t]|$))[ \t]*|(?=\r?\n|$|#))/my;
const BLANK = /[ \t]*(?:#[^\n]*)?(?:\n|\r\n|$)/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$$' };

export function parseEnvFile(file: SourceFile, scope: Scope, problems: Problems): Map<string, EnvEntry> {
  const entries = new Map<string, EnvEntry>();
  // What is set outside is stronger than what stands further up, as in Compose.
  const inner: Scope = {
    isProvided: scope.isProvided,
    lookup: (name) => {
      const own = entries.get(name);
      return scope.lookup(name) ?? (own && { ...own, from: 'dotenv' });
    },
  };
  const { text } = file;
  let at = 0;
  while (at < text.length) {
    const blank = matchAt(BLANK, text, at);
    if (blank !== null && blank[0] !== '') {
      at += blank[0].length;
      continue;
    }
    const assignment = matchAt(ASSIGNMENT, text, at);
    if (assignment === null) {
      at = reportLine(file, at, problems);
      continue;
    }
    const [whole, name = '', sign] = assignment;
    const place = placeAt({ file, start: at + whole.indexOf(name), end: at + whole.indexOf(name) + name.length });
    at += whole.length;
    if (sign === undefined) {
      const outside = scope.lookup(name);
      if (outside) entries.set(name, { value: outside.value, place: outside.place ?? place });
      at = lineEnd(text, at);
      continue;
    }
    const read = readValue(file, at, inner, problems);
    entries.set(name, { value: read.value, place });
    at = read.end;
  }
  return entries;
}

/**
 * `format: raw`: a line is a comment, `NAME=` and the value as it stands, or a name that takes its value from outside.
 * Never throws.
 */
export function parseRawEnvFile(file: SourceFile, scope: Scope, problems: Problems): Map<string, EnvEntry> {
  const entries = new Map<string, EnvEntry>();
  for (let at = 0; at < file.text.length; at = lineEnd(file.text, at) + 1) {
    const line = file.text.slice(at, lineEnd(file.text, at)).replace(/\r$/, '');
    if (/^\s*(#|$)/.test(line)) continue;
    const [whole, name, sign] = /^([^\s=#'"]+)(=|$)/.exec(line) ?? [];
    if (whole === undefined || name === undefined) {
      reportLine(file, at, problems);
      continue;
    }
    const value = sign === '=' ? line.slice(whole.length) : scope.lookup(name)?.value;
    const place = placeAt({ file, start: at, end: at + name.length });
    if (value !== undefined) entries.set(name, { value, place });
  }
  return entries;
}

function readValue(file: SourceFile, start: number, scope: Scope, problems: Problems): { value: string; end: number } {
  const { text } = file;
  const quote = text[start];
  if (quote !== '"' && quote !== "'") {
    const end = lineEnd(text, start);
    const raw = text
      .slice(start, end)
      .replace(/(^|[ \t])#.*$/, '$1')
      .trim();
    return { value: interpolate(raw, file, start, scope, problems), end };
  }
  const close = closingQuote(text, start);
  if (close === -1) {
    const place = placeAt({ file, start, end: lineEnd(text, start) });
    problems.error('bad-env-file', `the quote \`${quote}\` that opens here is never closed`, place);
    return { value: '', end: text.length };
  }
  const end = lineEnd(text, close + 1);
  const behind = text.slice(close + 1, end).trim();
  if (behind !== '' && !behind.startsWith('#')) {
    const place = placeAt({ file, start: close + 1, end });
    problems.error('bad-env-file', 'text stands behind the closing quote', place, { hint: 'quote the whole value' });
  }
  const raw = text.slice(start + 1, close);
  if (quote === "'") return { value: raw.replaceAll("\\'", "'"), end };
  const unescaped = raw.replace(/\\([nrt"\\$])/g, (_, escaped: string) => ESCAPES[escaped]!);
  return { value: interpolate(unescaped, file, start + 1, scope, problems), end };
}

function interpolate(raw: string, file: SourceFile, start: number, scope: Scope, problems: Problems): string {
  if (!raw.includes('$')) return raw;
  const { parts, malformed } = parseText(raw);
  for (const { start: from, end, message } of malformed) {
    problems.error('bad-interpolation', message, placeAt({ file, start: start + from, end: start + end }), {
      hint: 'put a value with dollar signs in single quotes, or write `$$`',
    });
  }
  const { template, unset, required } = evaluate(parts, scope);
  for (const hole of unset) {
    const place = placeAt({ file, start: start + hole.start, end: start + hole.end });
    problems.warning('unset-variable', `\`${hole.ref}\` is not set and becomes empty`, place);
  }
  for (const { hole, words } of required) {
    const place = placeAt({ file, start: start + hole.start, end: start + hole.end });
    problems.error('required-variable', `\`${hole.ref}\` is required${words === '' ? '' : `: ${words}`}`, place);
  }
  if (typeof template === 'string') return template;
  const place = placeAt({ file, start, end: start + raw.length });
  problems.error('launch-only', 'a name that msvc provides is known only at launch, not in an env file', place, {
    hint: 'use it in `environment` of a service',
  });
  return '';
}

function closingQuote(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === text[start]) return at;
  }
  return -1;
}

function reportLine(file: SourceFile, start: number, problems: Problems): number {
  const end = lineEnd(file.text, start);
  problems.error('bad-env-file', 'this line is not `NAME=value`', placeAt({ file, start, end }), {
    hint: 'a comment starts with `#`',
  });
  return end;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at === -1 ? text.length : at;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
