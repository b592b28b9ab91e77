/**
 * A definition that is being made of another tool's file: lines, each with the line of the source that it stands for and
 * what became of that. Translating and commenting out work on whole lines, so what is kept is kept as it was written.
 */
import { isMap, isPair, isScalar, type Pair, type ParsedNode, parseDocument, visit } from 'yaml';

/** `kept`: as it was written; `translated`: said in msvc's words; `needs-you`: kept as a comment that says why. */
export type FateKind = 'kept' | 'translated' | 'needs-you';

export interface Fate {
  /** 1-based, of the source. */
  readonly line: number;
  readonly text: string;
  readonly kind: FateKind;
  readonly note?: string;
}

interface Line {
  text: string;
  /** 1-based; undefined: not in the source. */
  source?: number;
  kind?: FateKind;
  note?: string;
}

/** Marks what a person has to look at. */
export const MARK = '# needs you:';

export interface Span {
  /** 0-based indexes of lines, both included. */
  readonly from: number;
  readonly to: number;
}

export class Draft {
  readonly #lines: Line[];
  readonly #source: readonly string[];
  /** Of lines that were replaced and are not in the draft any more. */
  readonly #gone: Fate[] = [];

  private constructor(source: readonly string[], lines: Line[]) {
    this.#source = source;
    this.#lines = lines;
  }

  /** A draft that begins as the source itself. */
  static of(source: string): Draft {
    const lines = source.replaceAll('\r\n', '\n').replace(/\n$/, '').split('\n');
    return new Draft(
      lines,
      lines.map((text, i) => ({ text, source: i + 1 })),
    );
  }

  /** A draft in which every line of the source is said otherwise. */
  static rewritten(source: string, text: string, note: string): Draft {
    const draft = Draft.from(source);
    draft.append(
      text.replace(/\n$/, '').split('\n'),
      draft.#source.map((_, i) => i + 1),
      'translated',
      note,
    );
    return draft;
  }

  /** An empty draft of a source in another language. */
  static from(source: string): Draft {
    return new Draft(source.replaceAll('\r\n', '\n').replace(/\n$/, '').split('\n'), []);
  }

  get text(): string {
    return this.#lines.map(({ text }) => `${text}\n`).join('');
  }

  lineAt(index: number): string {
    return this.#lines[index]?.text ?? '';
  }

  prepend(lines: readonly string[]): void {
    this.#lines.unshift(...lines.map((text) => ({ text })));
  }

  /** @param source 1-based lines that these lines stand for */
  append(lines: readonly string[], source: readonly number[], kind: FateKind, note?: string): void {
    for (const text of lines) this.#lines.push({ text });
    for (const line of source) this.#tell(line, kind, note);
  }

  insert(index: number, lines: readonly string[]): void {
    this.#lines.splice(index, 0, ...lines.map((text) => ({ text })));
  }

  /** The lines say the same in msvc's words now. No new lines: msvc has no word for it and needs none. */
  translate({ from, to }: Span, lines: readonly string[], note: string): void {
    for (const { source } of this.#lines.slice(from, to + 1))
      if (source !== undefined) this.#tell(source, 'translated', note);
    this.#lines.splice(from, to - from + 1, ...lines.map((text) => ({ text })));
  }

  /** They stay where they are as a comment, below one that says what is to be done. */
  commentOut({ from, to }: Span, note: string): void {
    const indent = /^\s*/.exec(this.lineAt(from))?.[0] ?? '';
    for (let i = from; i <= to; i++) {
      const line = this.#lines[i] as Line;
      const { text } = line;
      if (text.trim() !== '')
        line.text = `${indent}# ${text.startsWith(indent) ? text.slice(indent.length) : text.trimStart()}`;
      if (line.kind !== 'needs-you') Object.assign(line, { kind: 'needs-you', note });
    }
    this.insert(from, [`${indent}${MARK} ${note}`]);
  }

  /** It stays as it is, below a comment that says what is to be done. */
  flag(index: number, note: string): void {
    const line = this.#lines[index] as Line;
    Object.assign(line, { kind: 'needs-you', note });
    this.insert(index, [`${/^\s*/.exec(line.text)?.[0] ?? ''}${MARK} ${note}`]);
  }

  /** One for each line of the source that says something, in its order. */
  get fates(): Fate[] {
    const told = new Map(this.#gone.map((fate) => [fate.line, fate]));
    for (const { source, kind = 'kept', note } of this.#lines) {
      if (source !== undefined) told.set(source, this.#fate(source, kind, note));
    }
    return [...told.values()]
      .filter(({ text }) => text.trim() !== '' && !/^\s*#/.test(text))
      .sort((a, b) => a.line - b.line);
  }

  #tell(line: number, kind: FateKind, note: string | undefined): void {
    this.#gone.push(this.#fate(line, kind, note));
  }

  #fate(line: number, kind: FateKind, note: string | undefined): Fate {
    return { line, text: this.#source[line - 1] ?? '', kind, ...(note !== undefined && { note }) };
  }
}

/** The lines of the smallest entry of a block map that holds a line: what can be commented out without harm. */
export function entryAt(text: string, line: number): Span | undefined {
  const document = parseDocument(text, { uniqueKeys: false, logLevel: 'error' });
  let best: Span | undefined;
  visit(document, {
    Map(_key, map) {
      if (map.flow) return visit.SKIP;
      for (const pair of map.items) {
        const span = spanOf(text, pair);
        if (span && startsLine(text, pair) && span.from <= line && line <= span.to) best = span;
      }
      return undefined;
    },
  });
  return best && withComments(text, best);
}

/** What was commented out of an entry goes with it. */
function withComments(text: string, { from, to }: Span): Span {
  const lines = text.split('\n');
  const indent = /^ */.exec(lines[from] ?? '')![0].length;
  let end = to;
  while (/^ *#/.test(lines[end + 1] ?? '') && /^ */.exec(lines[end + 1] ?? '')![0].length > indent) end++;
  return { from, to: end };
}

/** @param pair with positions, as the parser gives it */
export function spanOf(text: string, pair: Pair | null | undefined): Span | undefined {
  if (!isPair(pair)) return undefined;
  const key = (pair.key as ParsedNode | null)?.range;
  if (!key) return undefined;
  const value = (pair.value as ParsedNode | null)?.range;
  const end = Math.max(key[1], value?.[1] ?? 0);
  const trimmed = text.slice(key[0], end).trimEnd().length + key[0];
  return { from: lineOf(text, key[0]), to: lineOf(text, Math.max(key[0], trimmed - 1)) };
}

function startsLine(text: string, pair: Pair): boolean {
  const start = (pair.key as ParsedNode).range[0];
  return text.slice(text.lastIndexOf('\n', start - 1) + 1, start).trim() === '';
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length - 1;
}

/** The pair of a block or flow map by its key. */
export function pairOf(map: unknown, key: string): Pair | undefined {
  return isMap(map) ? map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key) : undefined;
}
