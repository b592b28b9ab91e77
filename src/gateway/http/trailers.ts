/**
 * Trailer sections: validated like a head, and rid of every field that a recipient might merge into the head's
 * (framing, routing, authentication, provenance; RFC 9110 6.5.1). Pure.
 */
import { CLASS, TOKEN, VALUE } from './bytes.ts';
import { classify, OTHER } from './fields.ts';

const FORBIDDEN = new Set([
  ...[
    'authorization',
    'cookie',
    'set-cookie',
    'www-authenticate',
    'cache-control',
    'age',
    'expires',
    'date',
    'location',
  ],
  ...['content-encoding', 'content-type', 'content-range', 'range', 'vary', 'retry-after', 'if-match', 'if-none-match'],
  ...['if-modified-since', 'if-unmodified-since', 'if-range', 'pragma', 'warning'],
]);

/** @param lines each ended by CRLF. @returns the lines that may be forwarded, or null when one is malformed */
export function parseTrailers(lines: string): string | null {
  const bytes = Buffer.from(lines, 'latin1');
  let kept = '';
  let start = 0;
  while (start < lines.length) {
    const end = lines.indexOf('\r\n', start);
    if (end === -1) return null;
    let i = start;
    while (CLASS[lines.charCodeAt(i)]! & TOKEN) i++;
    if (i === start || lines.charCodeAt(i) !== 58) return null;
    const nameEnd = i++;
    while (i < end && CLASS[lines.charCodeAt(i)]! & VALUE) i++;
    if (i !== end) return null;
    const name = lines.slice(start, nameEnd).toLowerCase().replaceAll('_', '-');
    if (classify(bytes, start, nameEnd) === OTHER && !FORBIDDEN.has(name)) kept += lines.slice(start, end + 2);
    start = end + 2;
  }
  return kept;
}
