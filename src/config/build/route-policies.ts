/** The filters of a route that decide over requests: CORS and rate limits. */
import type { CorsSpec, RateLimitSpec } from '../../model/route.ts';
import type { Problems } from '../problems.ts';
import { type Node, placeOf } from '../tree/node.ts';
import { booleanOf, get, itemsOf, numberOf, textOf } from '../tree/read.ts';
import { parseDurationMs } from '../units.ts';
import { headerName } from './route-words.ts';

/** Of the specification: short, since a browser that remembers an answer does not see a change. */
const CORS_MAX_AGE = 5;

export function corsOf(block: Node, problems: Problems): CorsSpec {
  const list = (key: string, isName: boolean): string[] => {
    const items = itemsOf(get(block, key)).flatMap((item) => {
      const text = textOf(item);
      if (text === undefined) return [];
      return [{ item, text: isName && text !== '*' ? headerName(text, placeOf(item), problems) : text }];
    });
    const star = items.find(({ text }) => text === '*');
    if (star && items.length > 1) {
      problems.error('conflicting-keys', `\`*\` in \`${key}\` stands alone`, placeOf(star.item));
    }
    return items.map(({ text }) => text);
  };
  return {
    allowOrigins: list('allowOrigins', false),
    allowCredentials: booleanOf(get(block, 'allowCredentials')) ?? false,
    allowMethods: list('allowMethods', false),
    allowHeaders: list('allowHeaders', true),
    exposeHeaders: list('exposeHeaders', true),
    maxAge: numberOf(get(block, 'maxAge')) ?? CORS_MAX_AGE,
  };
}

export function rateLimitOf(block: Node, problems: Problems): RateLimitSpec {
  const requests = numberOf(get(block, 'requests')) ?? 1;
  const perNode = get(block, 'per');
  const perMs = perNode ? (parseDurationMs(textOf(perNode) ?? '') ?? 1000) : 1000;
  if (perNode && perMs === 0) {
    problems.error('bad-value', '`per` must be longer than nothing', placeOf(perNode), { hint: 'for example `1m`' });
  }
  const by = (textOf(get(block, 'by')) ?? 'client') as RateLimitSpec['by'];
  const headerNode = get(block, 'header');
  const header = textOf(headerNode);
  if ((by === 'header') !== (header !== undefined)) {
    const message = by === 'header' ? '`by: header` needs `header`' : '`header` goes with `by: header`';
    problems.error('conflicting-keys', message, placeOf(headerNode ?? block));
  }
  return {
    requests,
    perMs: perMs || 1000,
    burst: numberOf(get(block, 'burst')) ?? requests,
    by,
    ...(header !== undefined && headerNode && { header: headerName(header, placeOf(headerNode), problems) }),
  };
}
