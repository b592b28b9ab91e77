/** Conditions on one value: a plain value is `equals`. */
import type { JsonType, Matcher } from '../../../model/smoke.ts';
import type { Problems } from '../../problems.ts';
import { type Node, placeOf } from '../../tree/node.ts';
import { booleanOf, entriesOf, get, numberOf, textOf } from '../../tree/read.ts';
import { jsonOf } from './json.ts';

export function matcherOf(node: Node, problems: Problems): Matcher {
  if (node.kind !== 'map') return { equals: jsonOf(node) };
  const json = (key: 'equals' | 'not' | 'contains') => {
    const value = get(node, key);
    return value === undefined ? {} : { [key]: jsonOf(value) };
  };
  const bound = (key: 'gt' | 'gte' | 'lt' | 'lte' | 'count') => {
    const value = numberOf(get(node, key));
    return value === undefined ? {} : { [key]: value };
  };
  const matches = get(node, 'matches');
  const exists = booleanOf(get(node, 'exists'));
  const type = textOf(get(node, 'type'));
  if (entriesOf(node).length === 0) problems.error('bad-value', 'a condition is missing', placeOf(node));
  return {
    ...json('equals'),
    ...json('not'),
    ...json('contains'),
    ...(matches && { matches: expressionOf(matches, problems) }),
    ...bound('gt'),
    ...bound('gte'),
    ...bound('lt'),
    ...bound('lte'),
    ...bound('count'),
    ...(exists !== undefined && { exists }),
    ...(type !== undefined && { type: type as JsonType }),
  };
}

/** Captured values are filled in later: what stands for them counts as any word. */
export function expressionOf(node: Node, problems: Problems): string {
  const source = textOf(node) ?? '';
  try {
    new RegExp(source.replace(/\{\{\s*[\w-]+\s*\}\}/g, 'x'), 'u');
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: /, '');
    problems.error('bad-expression', `not a regular expression: ${reason}`, placeOf(node));
  }
  return source;
}
