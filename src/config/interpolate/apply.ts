/**
 * Interpolates the values (never the keys) of one file's tree. Where a service's command, environment or probe uses a
 * name that msvc provides, a hole stays; elsewhere such a name is a mistake. Extension keys (`x-...`) are left alone:
 * what matters of them is interpolated where an alias puts it.
 */
import { suggest } from '../../model/suggest.ts';
import type { Problems } from '../problems.ts';
import { type Entry, type MapNode, type Node, placeAt, type ScalarNode } from '../tree/node.ts';
import { entriesOf, get, itemsOf, textOf } from '../tree/read.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { parseText } from './parse.ts';
import type { ProvidedNames } from './provided.ts';
import { shellText } from './shell-text.ts';

export interface Interpolation {
  readonly scope: Scope;
  readonly provided: ProvidedNames;
  readonly problems: Problems;
  /** Names already warned about: one unset variable is one mistake however often it is used. */
  readonly warned: Set<string>;
}

export function interpolateTree(root: Node, run: Interpolation): Node {
  return walk(root, [], root, run);
}

function walk(node: Node, path: readonly string[], root: Node, run: Interpolation): Node {
  if (node.kind === 'scalar') return interpolateScalar(node, path, root, run);
  const replaced = node.replaced && { replaced: node.replaced.map((weaker) => walk(weaker, path, root, run)) };
  if (node.kind === 'list') {
    return { ...node, ...replaced, items: node.items.map((item, i) => walk(item, [...path, String(i)], root, run)) };
  }
  const entries = new Map<string, Entry>();
  for (const entry of node.entries.values()) {
    const kept = isExtension(entry.key, path);
    entries.set(entry.key, kept ? entry : { ...entry, value: walk(entry.value, [...path, entry.key], root, run) });
  }
  return { ...node, ...replaced, entries } satisfies MapNode;
}

function isExtension(key: string, path: readonly string[]): boolean {
  return key.startsWith('x-') && (path.length === 0 || (path.length === 2 && path[0] === 'services'));
}

function interpolateScalar(node: ScalarNode, path: readonly string[], root: Node, run: Interpolation): ScalarNode {
  const replaced = node.replaced && { replaced: node.replaced.map((weaker) => walk(weaker, path, root, silent(run))) };
  if (typeof node.value !== 'string' || !node.text.includes('$')) return { ...node, ...replaced };
  const at = (start: number, end: number) => placeAt({ file: node.origin.file, ...offsets(node, start, end) });
  const { parts, malformed } = parseText(node.text, isOfSmoke(path));
  for (const { start, end, message, hint } of malformed) {
    run.problems.error('bad-interpolation', message, at(start, end), { hint });
  }
  const mayHave = mayHaveHoles(path);
  const scope = mayHave ? { ...run.scope, isProvided: run.provided.atLaunch } : run.scope;
  const { template, uses, unset, required } = evaluate(parts, scope);
  for (const hole of unset) {
    if (run.warned.has(hole.ref)) continue;
    run.warned.add(hole.ref);
    run.problems.warning('unset-variable', `\`${hole.ref}\` is not set and becomes empty`, at(hole.start, hole.end), {
      hint: unsetHint(hole.ref, path, root, run.provided),
    });
  }
  for (const { hole, words } of required) {
    const message = `\`${hole.ref}\` is required${words === '' ? '' : `: ${words}`}`;
    run.problems.error('required-variable', message, at(hole.start, hole.end));
  }
  const variables = uses.length > 0 ? { variables: uses } : {};
  if (typeof template === 'string') return { ...node, ...replaced, value: template, text: template, ...variables };
  if (!mayHave) {
    const ref = uses.find((use) => use.from === 'launch')!.name;
    const message = `\`${ref}\` is known only at launch and cannot be used here`;
    run.problems.error('launch-only', message, at(0, node.text.length), {
      hint: `msvc gives \`${ref}\` to services; it works in command, environment and healthcheck.test. A variable of your own needs another name`,
    });
  }
  const text = shellText(template);
  return { ...node, ...replaced, value: text, text, template, ...variables };
}

/** Weaker values are interpolated for `--explain`; what is wrong in them matters to nobody. */
function silent(run: Interpolation): Interpolation {
  const nothing = { error: () => {}, warning: () => {} } as unknown as Problems;
  return { ...run, problems: nothing };
}

function unsetHint(ref: string, path: readonly string[], root: Node, provided: ProvidedNames): string {
  if (
    path[0] === 'services' &&
    path[2] !== 'environment' &&
    setsVariable(get(get(root, 'services'), path[1] ?? ''), ref)
  ) {
    return `the service's own environment exists only at run time: write \`$$${ref}\` to leave it to the shell`;
  }
  const near = suggest(ref, provided.all);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  return `set it in the shell or in .env, give a default with \`\${${ref}:-...}\`, or write \`$$${ref}\` for the text itself`;
}

function setsVariable(service: Node | undefined, name: string): boolean {
  const environment = get(service, 'environment');
  return (
    entriesOf(environment).some((entry) => entry.key === name) ||
    itemsOf(environment).some((item) => textOf(item)?.startsWith(`${name}=`))
  );
}

function isOfSmoke([top, , key]: readonly string[]): boolean {
  return top === 'smoke' || (top === 'services' && key === 'smoke');
}

/** `services.<name>.` command, environment, healthcheck.test and pre_start are filled at launch; so is `run` of a check. */
function mayHaveHoles(path: readonly string[]): boolean {
  const [top, , key, inner] = path;
  if (isOfSmoke(path)) return path.slice(-2).includes('run');
  if (top !== 'services') return false;
  if (key === 'command' || key === 'environment') return true;
  if (key === 'healthcheck') return inner === 'test';
  return key === 'pre_start' && path[4] !== 'working_dir';
}

/** Where a part of the scalar's text stands in the file: exactly, or found again by its words. */
function offsets(node: ScalarNode, start: number, end: number): { start: number; end: number } {
  const { origin, textStart } = node;
  if (textStart !== undefined) return { start: textStart + start, end: textStart + end };
  const part = node.text.slice(start, end);
  const found = origin.file.text.slice(origin.start, origin.end).indexOf(part);
  return found === -1 ? origin : { start: origin.start + found, end: origin.start + found + part.length };
}
