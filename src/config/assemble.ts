/**
 * The files read -> one tree: each file interpolated with its own variables and brought to one form, includes attached,
 * overrides merged on top. Checks the shape of every unit.
 */
import type { SecretGrant } from '../model/project.ts';
import { grantsOf } from './build/secrets.ts';
import { interpolateTree } from './interpolate/apply.ts';
import type { ProvidedNames } from './interpolate/provided.ts';
import { Problems } from './problems.ts';
import type { Unit } from './read-files.ts';
import { checkShape } from './schema/check.ts';
import { dropResets, mergeTrees } from './tree/merge.ts';
import { type Entry, type MapNode, type Node, placeAt } from './tree/node.ts';
import { normaliseServices } from './tree/normalise.ts';
import { asMap, entriesOf, get } from './tree/read.ts';

/** What an included file gives; its name, gateway and the like are its own. */
const SHARED = ['services', 'secrets', 'volumes'] as const;

export interface Assembly {
  readonly provided: ProvidedNames;
  readonly problems: Problems;
  /** Unset variables already warned about. */
  readonly warned: Set<string>;
}

/** Names of all services in all files, before anything is merged. */
export function serviceNamesIn(unit: Unit): string[] {
  const own = unit.files.flatMap(({ root }) => entriesOf(get(root, 'services')).map(({ key }) => key));
  return [...unit.includes.flatMap(serviceNamesIn), ...own];
}

/** The secrets of services of all files, before anything is merged. */
export function secretGrantsIn(unit: Unit): SecretGrant[] {
  const quiet = new Problems();
  const services = unit.files.flatMap(({ root }) => entriesOf(get(root, 'services')));
  const own = services.flatMap(({ value }) => grantsOf(get(value, 'secrets'), quiet));
  return [...unit.includes.flatMap(secretGrantsIn), ...own];
}

/** @returns undefined when the base could not be read. */
export function assemble(unit: Unit, assembly: Assembly): Node | undefined {
  const scope = { ...unit.scope, isProvided: (name: string) => assembly.provided.has(name) };
  const [base, ...overrides] = unit.files.map(({ root }) =>
    normaliseServices(interpolateTree(root, { ...assembly, scope }), assembly.problems),
  );
  if (base === undefined) return undefined;
  let root = dropResets(base);
  for (const include of unit.includes) {
    const included = assemble(include, assembly);
    if (included) root = attach(root, included, assembly.problems);
  }
  for (const override of overrides) root = mergeTrees(root, override);
  checkShape(root, assembly.problems);
  return root;
}

function attach(root: Node, included: Node, problems: Problems): Node {
  const map = asMap(root);
  if (!map) return root;
  const entries = new Map(map.entries);
  for (const key of SHARED) {
    const theirs = asMap(included)?.entries.get(key);
    if (asMap(theirs?.value) === undefined) continue;
    const ours = entries.get(key);
    const both = ours === undefined ? theirs! : { ...ours, value: join(key, ours.value, theirs!, problems) };
    entries.set(key, both);
  }
  return { ...map, entries } satisfies MapNode;
}

/** Included ones come first: they were there before. */
function join(key: string, ours: Node, theirs: Entry, problems: Problems): Node {
  const own = asMap(ours);
  const other = asMap(theirs.value);
  if (!own || !other) return ours;
  for (const entry of own.entries.values()) {
    const before = other.entries.get(entry.key);
    if (!before) continue;
    const what = key.slice(0, -1);
    problems.error(
      'include-conflict',
      `${what} \`${entry.key}\` is also in an included file`,
      placeAt(entry.keyOrigin),
      {
        related: [{ message: 'the included one', place: placeAt(before.keyOrigin) }],
        hint: 'change an included service in msvc.override.yaml, or give it another name',
      },
    );
  }
  return { ...own, entries: new Map([...other.entries, ...own.entries]) };
}
