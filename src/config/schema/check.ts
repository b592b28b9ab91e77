/**
 * Runs the schema over a tree and makes one diagnostic of each mistake: its place from the tree, its words from the
 * schema's phrases. A union is answered for the form the person meant, not for all of them.
 */
import type { core } from 'zod';
import { suggest } from '../../model/suggest.ts';
import type { Problems } from '../problems.ts';
import { type Node, nodeAt, placeAt, placeOf, type ScalarNode } from '../tree/node.ts';
import { toPlain } from '../tree/plain.ts';
import { retyped } from '../tree/read.ts';
import { keysOf, kindsWithKey } from './fields.ts';
import { hintFor } from './hints.ts';
import { projectSchema } from './project.ts';
import { UNSUPPORTED, UNSUPPORTED_VALUES } from './unsupported.ts';

type Issue = core.$ZodIssue;

export function checkShape(root: Node, problems: Problems): void {
  let issues = issuesOf(root, new Set());
  // Interpolated text is a text first; where the schema wants something else, it is what it would be if written out.
  const typed = new Set(issues.map((issue) => nodeAt(root, issue.path)).filter(isRetypable));
  if (typed.size > 0) issues = issuesOf(root, typed);
  for (const issue of issues) report(issue, root, problems);
}

function issuesOf(root: Node, typed: ReadonlySet<Node>): Issue[] {
  const result = projectSchema().safeParse(toPlain(root, typed), { reportInput: true });
  return result.success ? [] : result.error.issues.flatMap((issue) => meant(issue, []));
}

function isRetypable(node: Node | undefined): node is ScalarNode {
  return node?.kind === 'scalar' && node.variables !== undefined && typeof retyped(node.text) !== 'string';
}

/** Of a union's forms the one whose outermost shape fits, else the union as a whole. Paths become absolute. */
function meant(issue: Issue, base: readonly PropertyKey[]): Issue[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.filter((key) => !key.startsWith('x-'));
    return keys.length === 0 ? [] : [{ ...issue, keys, path }];
  }
  if (issue.code !== 'invalid_union') return [{ ...issue, path } as Issue];
  const forms = issue.errors
    .filter((form) => !form.some(rejectsForm))
    .map((form) => form.flatMap((i) => meant(i, path)));
  if (forms.length === 0) return [{ ...issue, path } as Issue];
  return forms.reduce((best, form) => (weight(form) < weight(best) ? form : best));
}

/** A form is told by its keys: one that has none of the keys written was not meant. */
function weight(form: readonly Issue[]): number {
  return form.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? 100 * issue.keys.length : 1), 0);
}

function rejectsForm(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function report(issue: Issue, root: Node, problems: Problems): void {
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) reportKey(key, issue.message, issue.path, root, problems);
    return;
  }
  const node = nodeAt(root, issue.path);
  if (node === undefined || (node.kind === 'scalar' && node.value === null && typeof issue.path.at(-1) === 'string')) {
    reportMissing(issue, root, problems);
    return;
  }
  // A hole where none may be has been told; it would fail any shape.
  if (node.kind === 'scalar' && node.template !== undefined) return;
  const value = shown(node);
  const message = `${subject(issue.path)} must be ${issue.message}${value === undefined ? '' : `, not ${value}`}`;
  const reason = node.kind === 'scalar' ? UNSUPPORTED_VALUES[lastKey(issue.path)]?.[node.text] : undefined;
  const code = reason !== undefined ? 'unsupported-value' : isTypeMistake(node, issue) ? 'wrong-type' : 'bad-value';
  problems.error(code, message, placeOf(node), { hint: reason ?? hintFor(node, issue) });
}

function isTypeMistake(node: Node, issue: Issue): boolean {
  if (issue.code === 'invalid_union')
    return issue.errors.every((form) => form.some((inner) => isTypeMistake(node, inner)));
  return issue.code === 'invalid_type' || (node.kind !== 'scalar' && issue.code === 'invalid_value');
}

function reportKey(key: string, kind: string, path: readonly PropertyKey[], root: Node, problems: Problems): void {
  const map = nodeAt(root, path);
  const entry = map?.kind === 'map' ? map.entries.get(key) : undefined;
  const place = entry && placeAt(entry.keyOrigin);
  const where = whereOf(path);
  const instead = UNSUPPORTED[kind]?.[key];
  if (instead !== undefined) {
    problems.error('unsupported-key', `\`${key}\` is not supported${where}`, place, { hint: instead });
    return;
  }
  problems.error('unknown-key', `unknown key \`${key}\`${where}`, place, { hint: keyHint(key, kind) });
}

function keyHint(key: string, kind: string): string {
  const near = suggest(key, keysOf(kind));
  if (near !== undefined) return `did you mean \`${near}\`?`;
  const homes = kindsWithKey(key).filter((home) => home !== kind);
  if (homes.length === 1 || homes.length === 2)
    return `\`${key}\` belongs ${homes.map((home) => (home === 'file' ? 'at the top of the file' : `to \`${home}\``)).join(' or ')}`;
  const refused = suggest(key, Object.keys(UNSUPPORTED[kind] ?? {}));
  if (refused !== undefined) return `\`${refused}\` is not supported: ${UNSUPPORTED[kind]![refused]}`;
  return `known here: ${keysOf(kind).join(', ')}; notes of your own start with \`x-\``;
}

function reportMissing(issue: Issue, root: Node, problems: Problems): void {
  const key = String(issue.path.at(-1) ?? '');
  const parentPath = issue.path.slice(0, -1);
  const parent = nodeAt(root, parentPath);
  // A misspelt key, or one refused by name, is the one mistake; that the right one is missing follows from it.
  const others = parent?.kind === 'map' ? [...parent.entries.keys()] : [];
  if (others.some((other) => other !== key && suggest(other, [key]) === key)) return;
  const holder = holderPlace(root, parentPath);
  problems.error('missing-key', `${subject(parentPath)} needs \`${key}\``, holder);
}

function holderPlace(root: Node, path: readonly PropertyKey[]) {
  const above = nodeAt(root, path.slice(0, -1));
  const entry = above?.kind === 'map' ? above.entries.get(String(path.at(-1))) : undefined;
  const node = nodeAt(root, path);
  if (entry) return placeAt(entry.keyOrigin);
  return node && placeOf(node);
}

/** `` `interval` of service `orders` ``, `` `gateway.port` ``. */
function subject(path: readonly PropertyKey[]): string {
  const [top, service, ...inner] = path;
  if (path.length === 0) return 'the file';
  if (top !== 'services' || service === undefined) return `\`${dotted(path)}\``;
  return inner.length === 0
    ? `service \`${String(service)}\``
    : `\`${dotted(inner)}\` of service \`${String(service)}\``;
}

function whereOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return ' at the top of the file';
  return ` in ${subject(path)}`;
}

function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((step, i) =>
      typeof step === 'number' || /^\d+$/.test(String(step))
        ? `[${String(step)}]`
        : `${i > 0 ? '.' : ''}${String(step)}`,
    )
    .join('');
}

function lastKey(path: readonly PropertyKey[]): string {
  return String(path.findLast((step) => typeof step === 'string') ?? '');
}

function shown(node: Node): string | undefined {
  if (node.kind === 'map') return 'a map';
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (node.value === null) return 'nothing';
  const text = node.text.length > 40 ? `${node.text.slice(0, 37)}...` : node.text;
  return text.includes('\n') ? 'this text' : text === '' ? 'empty' : `\`${text}\``;
}
