/**
 * Lays one tree over another by Compose's rules: maps merge key by key, other values are replaced, lists are appended;
 * `command`, `entrypoint` and `healthcheck.test` are replaced whole; names in a list stand there once. `!override` replaces and
 * `!reset` removes whatever was below. What was replaced stays known, for `msvc config --explain`.
 * https://docs.docker.com/reference/compose-file/merge/
 */
import type { Entry, ListNode, MapNode, Node } from './node.ts';

/** Lists that hold names, each at most once. Paths below a service. */
const SETS = ['calls', 'profiles', 'secrets', 'env_file'];

export function mergeTrees(below: Node, above: Node): Node {
  return merge(below, above, []);
}

/** Takes away what `!reset` marks in a tree that nothing lies under. */
export function dropResets(node: Node): Node {
  if (node.kind === 'list') return { ...node, items: node.items.filter(isKept).map(dropResets) };
  if (node.kind !== 'map') return node;
  const kept = [...node.entries.values()].filter((entry) => isKept(entry.value));
  return { ...node, entries: new Map(kept.map((entry) => [entry.key, { ...entry, value: dropResets(entry.value) }])) };
}

function isKept(node: Node): boolean {
  return node.tag !== 'reset';
}

function merge(below: Node, above: Node, path: readonly string[]): Node {
  if (above.tag === 'override') return over(below, above);
  if (below.kind === 'map' && above.kind === 'map' && !replacesLogging(below, above, path)) {
    return mergeMaps(below, above, path);
  }
  if (below.kind === 'list' && above.kind === 'list' && !isReplaced(path)) return appendLists(below, above, path);
  return over(below, above);
}

function over(below: Node, above: Node): Node {
  return { ...above, replaced: [...(above.replaced ?? []), below] };
}

function mergeMaps(below: MapNode, above: MapNode, path: readonly string[]): MapNode {
  const entries = new Map<string, Entry>(below.entries);
  for (const entry of above.entries.values()) {
    const before = entries.get(entry.key);
    if (!isKept(entry.value)) entries.delete(entry.key);
    else if (!before) entries.set(entry.key, entry);
    // The key keeps its position in the order of the file below.
    else entries.set(entry.key, { ...entry, value: merge(before.value, entry.value, [...path, entry.key]) });
  }
  return { ...above, entries, base: below.base ?? below.origin.file };
}

function appendLists(below: ListNode, above: ListNode, path: readonly string[]): ListNode {
  if (!(path[0] === 'services' && path.length === 3 && SETS.includes(path[2]!))) {
    return { ...above, items: [...below.items, ...above.items] };
  }
  const names = new Set(below.items.map(nameOf));
  const added = above.items.filter((item) => {
    const name = nameOf(item);
    return name === undefined || !names.has(name);
  });
  return { ...above, items: [...below.items, ...added] };
}

function nameOf(node: Node): string | undefined {
  return node.kind === 'scalar' ? node.text : undefined;
}

function isReplaced(path: readonly string[]): boolean {
  if (path[0] !== 'services') return false;
  const inner = path.slice(2).join('.');
  return ['command', 'entrypoint', 'healthcheck.test'].includes(inner) || inner.endsWith('.command');
}

/** Options of one logging driver mean nothing to another. */
function replacesLogging(below: MapNode, above: MapNode, path: readonly string[]): boolean {
  if (path.slice(2).join('.') !== 'logging') return false;
  const driver = (node: MapNode) => node.entries.get('driver')?.value;
  const [a, b] = [driver(below), driver(above)];
  return a?.kind === 'scalar' && b?.kind === 'scalar' && a.text !== b.text;
}
