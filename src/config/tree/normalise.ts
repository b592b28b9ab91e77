/**
 * Brings the forms that Compose allows beside each other to one, so that files merge key by key: environment and
 * depends_on lists become maps, single words become lists where a list is meant. Only well-formed ones are touched;
 * the schema tells about the others.
 */
import type { Template } from '../../model/template.ts';
import type { Problems } from '../problems.ts';
import { type Entry, type MapNode, type Node, type Origin, placeAt, type ScalarNode } from './node.ts';

/** Keys of a service that take one word or a list of them. */
const LISTS = ['env_file', 'pre_start'] as const;

export function normaliseServices(root: Node, problems: Problems): Node {
  return changeEntry(root, 'services', (services) => {
    if (services.kind !== 'map') return services;
    const entries = [...services.entries.values()].map((entry) => ({
      ...entry,
      value: normaliseService(entry.value, problems),
    }));
    return { ...services, entries: new Map(entries.map((entry) => [entry.key, entry])) };
  });
}

function normaliseService(service: Node, problems: Problems): Node {
  let changed = changeEntry(service, 'environment', (node) => environmentMap(node, problems));
  changed = changeEntry(changed, 'depends_on', dependencyMap);
  changed = changeEntry(changed, 'labels', (node) => environmentMap(node, problems));
  changed = changeEntry(changed, 'build', (node) => (isWord(node) ? buildMap(node) : node));
  changed = changeEntry(changed, 'build', (node) =>
    changeEntry(node, 'args', (args) => environmentMap(args, problems)),
  );
  for (const key of LISTS) changed = changeEntry(changed, key, (node) => (isWord(node) ? listOf(node) : node));
  return changeEntry(changed, 'pre_start', (hooks) => {
    if (hooks.kind !== 'list') return hooks;
    const normal = (hook: Node) => changeEntry(hook, 'environment', (node) => environmentMap(node, problems));
    return { ...hooks, items: hooks.items.map(normal) };
  });
}

function environmentMap(node: Node, problems: Problems): Node {
  if (node.kind !== 'list' || !node.items.every(isWord)) return node;
  const entries = new Map<string, Entry>();
  for (const item of node.items) {
    const entry = splitAssignment(item);
    const before = entries.get(entry.key);
    if (before) {
      problems.error('duplicate-key', `\`${entry.key}\` is set twice`, placeAt(entry.keyOrigin), {
        related: [{ message: 'first set here', place: placeAt(before.keyOrigin) }],
      });
    }
    entries.set(entry.key, entry);
  }
  return { kind: 'map', origin: node.origin, entries, ...rest(node) };
}

/** `NAME=value`; `NAME` alone (value null) takes it from outside. */
function splitAssignment(item: ScalarNode): Entry {
  const parts: Exclude<Template, string> = typeof item.template === 'object' ? item.template : [item.text];
  const first = typeof parts[0] === 'string' ? parts[0] : '';
  const at = first.indexOf('=');
  if (at === -1) {
    const value: Node = { kind: 'scalar', origin: item.origin, value: null, text: '' };
    return { key: item.text, keyOrigin: item.origin, value };
  }
  // Once variables were filled in, the text is not the file's any more.
  const exact = item.textStart !== undefined && item.variables === undefined ? item.textStart : undefined;
  const within = (start: number, end: number): Origin =>
    exact === undefined ? item.origin : { ...item.origin, start: exact + start, end: exact + end };
  const text = item.text.slice(at + 1);
  const template = typeof item.template === 'object' ? [first.slice(at + 1), ...parts.slice(1)] : undefined;
  const value: ScalarNode = {
    kind: 'scalar',
    origin: within(at + 1, item.text.length),
    value: text,
    text,
    ...(template && { template: template[0] === '' ? template.slice(1) : template }),
    ...(item.variables && { variables: item.variables }),
    ...(exact !== undefined && { textStart: exact + at + 1 }),
  };
  return { key: first.slice(0, at), keyOrigin: within(0, at), value };
}

function dependencyMap(node: Node): Node {
  if (node.kind !== 'list' || !node.items.every(isWord)) return node;
  const entries = node.items.map((item): [string, Entry] => {
    const value: MapNode = { kind: 'map', origin: item.origin, entries: new Map() };
    return [item.text, { key: item.text, keyOrigin: item.origin, value }];
  });
  return { kind: 'map', origin: node.origin, entries: new Map(entries), ...rest(node) };
}

/** `build: folder` is short for its context. */
function buildMap(node: Node): Node {
  const { tag: _tag, replaced: _replaced, ...context } = node;
  const entry: Entry = { key: 'context', keyOrigin: node.origin, value: context as Node };
  return { kind: 'map', origin: node.origin, entries: new Map([['context', entry]]), ...rest(node) };
}

function listOf(node: Node): Node {
  const { tag: _tag, replaced: _replaced, ...item } = node;
  return { kind: 'list', origin: node.origin, items: [item as Node], ...rest(node) };
}

function rest(node: Node): Pick<Node, 'tag' | 'replaced'> {
  return { ...(node.tag && { tag: node.tag }), ...(node.replaced && { replaced: node.replaced }) };
}

function isWord(node: Node): node is ScalarNode {
  return node.kind === 'scalar' && node.value !== null && node.tag !== 'reset';
}

function changeEntry(node: Node, key: string, change: (value: Node) => Node): Node {
  if (node.kind !== 'map') return node;
  const entry = node.entries.get(key);
  if (!entry) return node;
  const value = change(entry.value);
  return value === entry.value ? node : { ...node, entries: new Map(node.entries).set(key, { ...entry, value }) };
}
