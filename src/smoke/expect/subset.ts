/** Whether a JSON value has a part: maps may hold more, lists have the same length, plain values are equal. Pure. */
import type { Json } from '../../model/smoke.ts';
import type { Mismatch } from '../result.ts';

export function subset(expected: Json, actual: Json | undefined, path = '$'): Mismatch[] {
  const mismatch = (rule: string, wanted: Json, found: Json | undefined): Mismatch[] => [
    { where: { kind: 'json', path }, rule, expected: wanted, actual: found },
  ];
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return mismatch('equals', expected, actual);
    if (actual.length !== expected.length) return mismatch('count', expected.length, actual.length);
    return expected.flatMap((item: Json, i) => subset(item, actual[i], `${path}[${i}]`));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual))
      return mismatch('equals', expected, actual);
    const there = actual as Readonly<Record<string, Json>>;
    return Object.entries(expected).flatMap(([key, value]) =>
      subset(value, Object.hasOwn(there, key) ? there[key] : undefined, path + step(key)),
    );
  }
  return Object.is(expected, actual) ? [] : mismatch('equals', expected, actual);
}

function step(key: string): string {
  return /^[A-Za-z_][\w]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
