/** A tree as plain JavaScript values, for the schema. A key without a value is as good as absent. Pure. */
import type { Node } from './node.ts';
import { retyped } from './read.ts';

/** @param typed scalars (by identity) that interpolation filled and that stand for a number or boolean. */
export function toPlain(node: Node | undefined, typed: ReadonlySet<Node>): unknown {
  if (node === undefined) return undefined;
  if (node.kind === 'scalar') return typed.has(node) ? retyped(node.text) : node.value;
  if (node.kind === 'list') return node.items.map((item) => toPlain(item, typed));
  const plain: Record<string, unknown> = Object.create(null);
  for (const { key, value } of node.entries.values()) {
    if (value.kind !== 'scalar' || value.value !== null) plain[key] = toPlain(value, typed);
  }
  return plain;
}
