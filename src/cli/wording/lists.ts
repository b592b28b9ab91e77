/** Joining and counting words. Pure. */

/** `a`, `a and b`, `a, b and c`; from the sixth on `a, b, c, d, e and 4 more`. */
export function list(items: readonly string[], most = 6): string {
  if (items.length > most) return `${items.slice(0, most - 1).join(', ')} and ${items.length - most + 1} more`;
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** `1 service`, `3 services` */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}
