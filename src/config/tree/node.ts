/**
 * The definition as a tree that remembers where each part stands: what all stages between YAML and `Project` hand on.
 * Immutable: interpolation and merging make new nodes. Aliases and merge keys are already resolved in it.
 */
import type { Place } from '../../model/place.ts';
import type { Template } from '../../model/template.ts';

export interface SourceFile {
  /** Absolute. */
  readonly path: string;
  /** Why it was read. */
  readonly role: 'file' | 'override' | 'include' | 'env';
  /** Relative paths in it start here. */
  readonly baseDir: string;
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
}

/** The text a node was made from, as offsets into its file. */
export interface Origin {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** A variable that interpolation filled in. */
export interface VariableUse {
  readonly name: string;
  readonly value: string;
  /** `default`: the words after `:-`; `launch`: a name that msvc provides, still a hole. */
  readonly from: 'shell' | 'env-file' | 'dotenv' | 'default' | 'unset' | 'launch';
  /** In the env file that set it. */
  readonly place?: Place;
}

interface BaseNode {
  readonly origin: Origin;
  /** Weaker values this one replaced (merge keys, includes, overrides), strongest first. */
  readonly replaced?: readonly Node[];
  /** Compose's `!reset` and `!override`. */
  readonly tag?: 'reset' | 'override';
}

export interface ScalarNode extends BaseNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** What stands in the file (`1.10`, not 1.1), once interpolated. */
  readonly text: string;
  /** Offset in the file of the text's first character, where each character stands for itself. */
  readonly textStart?: number;
  /** Where holes for launch time are left. */
  readonly template?: Template;
  /** Set once interpolation changed it; such a text may stand for a number or boolean. */
  readonly variables?: readonly VariableUse[];
}

export interface ListNode extends BaseNode {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

export interface Entry {
  readonly key: string;
  readonly keyOrigin: Origin;
  readonly value: Node;
}

export interface MapNode extends BaseNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
  /** Of maps that were merged: the file of the lowest, which says where the thing lives. */
  readonly base?: SourceFile;
}

export type Node = ScalarNode | ListNode | MapNode;

export function sourceFile(path: string, role: SourceFile['role'], baseDir: string, text: string): SourceFile {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { path, role, baseDir, text, lineStarts };
}

/** The underlined part ends with its line. */
export function placeAt({ file, start, end }: Origin): Place {
  let low = 0;
  let high = file.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (file.lineStarts[middle]! <= start) low = middle;
    else high = middle - 1;
  }
  const lineStart = file.lineStarts[low]!;
  const next = file.lineStarts[low + 1] ?? file.text.length + 1;
  const lineEnd = lineStart + file.text.slice(lineStart, next - 1).trimEnd().length;
  const length = Math.max(1, Math.min(end, lineEnd) - start);
  return { file: file.path, line: low + 1, column: start - lineStart + 1, length };
}

export function placeOf(node: Node): Place {
  return placeAt(node.origin);
}

/** Where its own relative paths start, and its defaults: an override changes a thing and does not move it. */
export function baseDirOf(node: Node): string {
  return ((node.kind === 'map' ? node.base : undefined) ?? node.origin.file).baseDir;
}

/** Of an entry as a whole: a plain value's own place, else its key's. */
export function entryPlace(entry: Entry): Place {
  return placeAt(entry.value.kind === 'scalar' && entry.value.text !== '' ? entry.value.origin : entry.keyOrigin);
}

/** The node at a path of keys and indexes; undefined when there is none. */
export function nodeAt(root: Node | undefined, path: readonly PropertyKey[]): Node | undefined {
  let node = root;
  for (const step of path) {
    if (node?.kind === 'map') node = node.entries.get(String(step))?.value;
    else if (node?.kind === 'list') node = node.items[Number(step)];
    else return undefined;
  }
  return node;
}
