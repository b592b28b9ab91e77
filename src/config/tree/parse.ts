/**
 * YAML text -> tree with positions. Resolves anchors, aliases and merge keys (`<<`); reports syntax errors, duplicate
 * keys and keys that are not text. Owns nothing and never throws, whatever the text is.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, type ParsedNode, parseDocument, Scalar } from 'yaml';
import { suggest } from '../../model/suggest.ts';
import type { Problems } from '../problems.ts';
import { type Entry, type MapNode, type Node, type Origin, placeAt, type ScalarNode, type SourceFile } from './node.ts';
import { reportSyntax } from './syntax.ts';

/** Aliases can multiply a small text without end ("billion laughs"). */
const MAX_NODES = 200_000;
const MAX_DEPTH = 64;

export function parseTree(file: SourceFile, problems: Problems): Node | undefined {
  let document: Document.Parsed;
  try {
    document = parseDocument(file.text, { uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    // The parser recurses with the text's nesting.
    if (!(error instanceof RangeError)) throw error;
    problems.error('yaml-syntax', 'the file is nested too deeply', placeAt({ file, start: 0, end: 1 }));
    return undefined;
  }
  const first = document.errors[0];
  if (first) {
    // The rest mostly follows from the first.
    reportSyntax(first, file, problems);
    return undefined;
  }
  if (document.contents === null) return undefined;
  return new Converter(document, file, problems).convert(document.contents, 0);
}

class Converter {
  #count = 0;
  #full = false;
  readonly #open = new Set<ParsedNode>();
  readonly #document: Document.Parsed;
  readonly #file: SourceFile;
  readonly #problems: Problems;

  constructor(document: Document.Parsed, file: SourceFile, problems: Problems) {
    this.#document = document;
    this.#file = file;
    this.#problems = problems;
  }

  convert(node: ParsedNode | null, depth: number): Node {
    const origin = this.#origin(node);
    const empty: Node = { kind: 'scalar', origin, value: null, text: '' };
    if (node === null) return empty;
    if (++this.#count > MAX_NODES || depth > MAX_DEPTH) return this.#tooLarge(empty);
    if (isAlias(node)) {
      const target = node.resolve(this.#document) as ParsedNode | undefined;
      if (target === undefined) return this.#unknownAnchor(node.source, empty);
      if (this.#open.has(target)) {
        this.#problems.error('yaml-syntax', `\`*${node.source}\` contains itself`, placeAt(origin));
        return empty;
      }
      return this.convert(target, depth + 1);
    }
    this.#open.add(node);
    const converted = this.#convertContent(node, origin, depth);
    this.#open.delete(node);
    return { ...converted, ...this.#tag(node, origin) };
  }

  #convertContent(node: ParsedNode, origin: Origin, depth: number): Node {
    if (isMap(node)) return this.#map(node as ParsedNode & { items: Pair[] }, origin, depth);
    if (isSeq(node)) {
      return { kind: 'list', origin, items: node.items.map((item) => this.convert(item as ParsedNode, depth + 1)) };
    }
    return this.#scalar(node as unknown as Scalar, origin);
  }

  #scalar(node: Scalar, origin: Origin): Node {
    const plain = node.type === Scalar.PLAIN || node.type === undefined;
    const own = plain && (node.tag === '!override' || node.tag === '!reset');
    const value = own ? untagged(node.source ?? '') : (node.value as ScalarNode['value']);
    const text = plain ? (node.source ?? '') : String(value);
    const start = origin.start + (plain ? 0 : 1);
    const verbatim = this.#file.text.startsWith(text, start);
    return { kind: 'scalar', origin, value, text, ...(verbatim && { textStart: start }) };
  }

  #map(node: ParsedNode & { items: Pair[] }, origin: Origin, depth: number): MapNode {
    const entries = new Map<string, Entry>();
    const inherited: MapNode[] = [];
    for (const pair of node.items) {
      const target = isAlias(pair.key) ? (pair.key.resolve(this.#document) as ParsedNode | undefined) : pair.key;
      const keyOrigin = this.#origin(pair.key);
      if (!isScalar(target) || target.value === null) {
        this.#problems.error('bad-key', 'a key must be a word', placeAt(keyOrigin), {
          hint: 'put the text in quotes if it starts with `{`, `[`, `*` or `&`',
        });
        continue;
      }
      const plain = (target as Scalar).type === Scalar.PLAIN;
      const key = plain ? ((target as Scalar).source ?? String(target.value)) : String(target.value);
      const value = this.convert(pair.value, depth + 1);
      if (plain && key === '<<') {
        inherited.push(...this.#mergeSources(value));
        continue;
      }
      const before = entries.get(key);
      if (before) {
        this.#problems.error('duplicate-key', `\`${key}\` is written twice`, placeAt(keyOrigin), {
          related: [{ message: 'first written here', place: placeAt(before.keyOrigin) }],
        });
      }
      entries.set(key, { key, keyOrigin, value });
    }
    for (const source of inherited) inherit(entries, source);
    return { kind: 'map', origin, entries };
  }

  #mergeSources(value: Node): MapNode[] {
    const sources = value.kind === 'list' ? value.items : [value];
    return sources.flatMap((source) => {
      if (source.kind === 'map') return source;
      this.#problems.error('yaml-syntax', '`<<` needs a map, or a list of maps', placeAt(source.origin), {
        hint: 'write `<<: *name` where `name` is the anchor of a map',
      });
      return [];
    });
  }

  #tag(node: ParsedNode, origin: Origin): { tag?: 'reset' | 'override' } {
    if (node.tag === '!reset') return { tag: 'reset' };
    if (node.tag === '!override') return { tag: 'override' };
    if (node.tag?.startsWith('!')) {
      const start = Math.max(0, this.#file.text.lastIndexOf(node.tag, origin.start));
      const place = placeAt({ file: this.#file, start, end: start + node.tag.length });
      this.#problems.error('unknown-tag', `the tag \`${node.tag}\` means nothing here`, place, {
        hint: 'msvc knows `!reset` and `!override`; a text that starts with `!` needs quotes',
      });
    }
    return {};
  }

  #unknownAnchor(name: string, empty: Node): Node {
    const anchors = [...this.#file.text.matchAll(/&([^\s,[\]{}]+)/g)].map(([, anchor]) => anchor!);
    const near = suggest(name, anchors);
    this.#problems.error('yaml-syntax', `no anchor \`&${name}\` stands above`, placeAt(empty.origin), {
      hint: near === undefined ? 'a text that starts with `*` needs quotes' : `did you mean \`*${near}\`?`,
    });
    return empty;
  }

  #tooLarge(empty: Node): Node {
    if (!this.#full) {
      this.#full = true;
      const message = 'the file is too large or nested too deeply once its aliases are expanded';
      this.#problems.error('too-large', message, placeAt(empty.origin));
    }
    return empty;
  }

  #origin(node: ParsedNode | null): Origin {
    const [start, end] = node?.range ?? [0, 0];
    return { file: this.#file, start, end };
  }
}

/** Compose's tags say nothing of a type, but the parser reads what has a tag that it does not know as text. */
function untagged(source: string): ScalarNode['value'] {
  const { contents, errors } = parseDocument(source, { logLevel: 'error' });
  if (contents === null) return null;
  return isScalar(contents) && errors.length === 0 ? (contents.value as ScalarNode['value']) : source;
}

interface Pair {
  readonly key: ParsedNode;
  readonly value: ParsedNode | null;
}

/** What a map takes over by `<<`: own keys win, and the first source that has a key. */
function inherit(entries: Map<string, Entry>, source: MapNode): void {
  for (const entry of source.entries.values()) {
    const own = entries.get(entry.key);
    const value = own ? { ...own.value, replaced: [...(own.value.replaced ?? []), entry.value] } : entry.value;
    entries.set(entry.key, { ...(own ?? entry), value });
  }
}
