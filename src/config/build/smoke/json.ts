/** A tree as JSON of the user's own: nothing dropped, interpolated text counts as what it would be if written out. Pure. */
import type { Json } from '../../../model/smoke.ts';
import type { Node } from '../../tree/node.ts';
import { typedValue } from '../../tree/read.ts';

export function jsonOf(node: Node): Json {
  if (node.kind === 'list') return node.items.map(jsonOf);
  if (node.kind === 'scalar') return typedValue(node) ?? null;
  return Object.fromEntries([...node.entries.values()].map(({ key, value }) => [key, jsonOf(value)]));
}
