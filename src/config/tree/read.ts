/**
 * Tolerant readers of a tree: what has another shape than asked for reads as absent. The schema has already told the
 * person about wrong shapes; the stages behind it go on with what is left, so that all mistakes are found in one go.
 */
import type { Template } from '../../model/template.ts';
import type { Entry, ListNode, MapNode, Node, ScalarNode } from './node.ts';

export function asMap(node: Node | undefined): MapNode | undefined {
  return node?.kind === 'map' ? node : undefined;
}

function asList(node: Node | undefined): ListNode | undefined {
  return node?.kind === 'list' ? node : undefined;
}

/** Not there, or there with nothing in it (`command:`, `command: ~`). */
export function isBlank(node: Node | undefined): boolean {
  return node === undefined || (node.kind === 'scalar' && node.value === null);
}

/** A scalar that holds something. */
export function asScalar(node: Node | undefined): ScalarNode | undefined {
  return node?.kind === 'scalar' && node.value !== null ? node : undefined;
}

export function get(node: Node | undefined, key: string): Node | undefined {
  return asMap(node)?.entries.get(key)?.value;
}

export function entriesOf(node: Node | undefined): Entry[] {
  return [...(asMap(node)?.entries.values() ?? [])];
}

export function itemsOf(node: Node | undefined): readonly Node[] {
  return asList(node)?.items ?? [];
}

/** Text as it stands in the file, numbers and booleans too. */
export function textOf(node: Node | undefined): string | undefined {
  return asScalar(node)?.text;
}

export function templateOf(node: Node | undefined): Template | undefined {
  const scalar = asScalar(node);
  return scalar?.template ?? scalar?.text;
}

/** A number, or text that interpolation made of one. */
export function numberOf(node: Node | undefined): number | undefined {
  const value = typedValue(node);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function booleanOf(node: Node | undefined): boolean | undefined {
  const value = typedValue(node);
  return typeof value === 'boolean' ? value : undefined;
}

/** Each scalar of a list, or the one scalar that stands in its place. */
export function scalarsOf(node: Node | undefined): ScalarNode[] {
  const one = asScalar(node);
  if (one) return [one];
  return itemsOf(node).flatMap((item) => asScalar(item) ?? []);
}

/** The value a scalar has for the schema: interpolated text counts as what it would be if written out. */
export function typedValue(node: Node | undefined): ScalarNode['value'] | undefined {
  const scalar = asScalar(node);
  if (scalar === undefined) return undefined;
  return scalar.variables === undefined ? scalar.value : retyped(scalar.text);
}

/** A text typed by YAML's core rules for plain scalars, as far as msvc.yaml has uses for them. */
export function retyped(text: string): string | number | boolean {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?([0-9]+|[0-9]*\.[0-9]+)$/.test(text)) return Number(text);
  return text;
}
