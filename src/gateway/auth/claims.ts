/** Claims as a service gets them, and as a route asks for them. Pure. */
import type { Claims } from './authenticator.ts';

/** Whether each required claim has one of its values. A list, and a text of words such as `scope`, has several. */
export function satisfies(claims: Claims, require: Readonly<Record<string, readonly string[]>>): boolean {
  return Object.entries(require).every(([name, wanted]) => {
    const value = claims[name];
    const has = Array.isArray(value)
      ? value.map(String)
      : typeof value === 'string'
        ? [value, ...value.split(' ')]
        : [String(value)];
    return value !== undefined && wanted.some((one) => has.includes(one));
  });
}

/** Field lines for the claims that are there. What cannot stand in a field is percent-encoded, as in URLs. */
export function claimLines(claims: Claims, forward: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const [name, header] of Object.entries(forward)) {
    const value = claims[name];
    if (value !== undefined && value !== null) lines += `${header}: ${fieldText(value)}\r\n`;
  }
  return lines;
}

function fieldText(value: unknown): string {
  const flat = Array.isArray(value) && value.every((one) => typeof one !== 'object');
  const text = typeof value === 'string' ? value : flat ? (value as unknown[]).join(',') : JSON.stringify(value);
  return text.replace(/[^ -~]+|%/g, (unsafe) =>
    [...Buffer.from(unsafe, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** Matches the lines of these fields, names spelt with `_` too, since CGI-style servers read them as the same. */
export function linesOf(headers: readonly string[]): RegExp | null {
  if (headers.length === 0) return null;
  const names = headers.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/[-_]/g, '[-_]'));
  return new RegExp(`^(?:${names.join('|')}):[^\\n]*\\n`, 'gim');
}
