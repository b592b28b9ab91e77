/** What may stand as a path, host, header name or expression of a route. */
import { Expression } from '../../model/expression/expression.ts';
import type { Place } from '../../model/place.ts';
import type { Problems } from '../problems.ts';
import { type Node, placeOf } from '../tree/node.ts';
import { textOf } from '../tree/read.ts';

/** Gateway API: absolute, no empty or dot segments, no encoded slash, no fragment. */
export function checkedPath(node: Node, problems: Problems): string {
  const path = textOf(node) ?? '/';
  const wrong = !path.startsWith('/')
    ? 'does not start with `/`'
    : /\/\//.test(path)
      ? 'has an empty segment (`//`)'
      : /\/\.\.?(\/|$)/.test(path)
        ? 'has a `.` or `..` segment'
        : /%2f/i.test(path)
          ? 'has an encoded slash'
          : /[#?\s]/.test(path)
            ? 'has a `#`, a `?` or a space in it'
            : undefined;
  if (wrong !== undefined) {
    const hint = path.startsWith('/')
      ? undefined
      : /^https?:/.test(path)
        ? 'write the path alone'
        : `write \`/${path}\``;
    problems.error('bad-path', `the path \`${path}\` ${wrong}`, placeOf(node), { hint });
  }
  return path;
}

/** @param precise a name that stands for itself: no `*.` */
export function checkedHost(node: Node, problems: Problems, precise = false): string {
  const host = (textOf(node) ?? '').toLowerCase();
  if (precise && host.startsWith('*.')) {
    problems.error('bad-host', `\`${host}\` stands for many hosts; one is needed here`, placeOf(node));
    return host;
  }
  const name = host.startsWith('*.') ? host.slice(2) : host;
  const labels = name.split('.');
  const valid = name.length <= 253 && labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  const address = /^[\d.]+$/.test(name) || name.includes(':');
  if (!valid || address) {
    const hint = /^https?:\/\//.test(host)
      ? 'write the name alone, without `http://`'
      : /:\d+$/.test(host)
        ? 'write the name without the port'
        : address
          ? 'write a name; an address cannot be matched'
          : 'for example `catalog.localhost`, or `*.shop.localhost`';
    problems.error('bad-host', `\`${host}\` is not a host name`, placeOf(node), { hint });
  }
  return host;
}

export function headerName(name: string, place: Place, problems: Problems): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
    problems.error('bad-name', `\`${name}\` cannot be the name of a header`, place);
  }
  return name;
}

const RESERVED: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'expect', 'host', 'http2-settings', 'keep-alive', 'proxy-connection', 'te'],
  ...['trailer', 'transfer-encoding', 'upgrade', 'via'],
]);

/**
 * Whether only the gateway may write the header: it tells where a message ends, whom it is for or which way it took, or
 * belongs to one connection (RFC 9110 7.2, 7.6 and 10.1.1, RFC 9112 6), or is msvc's own. `_` counts as `-`, since
 * CGI-style servers read it so.
 */
export function isReservedHeader(name: string): boolean {
  const plain = name.toLowerCase().replaceAll('_', '-');
  return RESERVED.has(plain) || plain.startsWith('x-msvc-');
}

/** Matched in linear time, so what would need backtracking (lookaround, back references) is refused. */
export function checkedExpression(node: Node, problems: Problems): string {
  const source = textOf(node) ?? '';
  try {
    new Expression(source);
  } catch (error) {
    problems.error('bad-expression', `not a regular expression: ${(error as Error).message}`, placeOf(node), {
      hint: 'the dialect is that of RE2',
    });
  }
  return source;
}
