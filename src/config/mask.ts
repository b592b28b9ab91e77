/** Keeps secrets out of what is shown. Pure. */
import type { SecretValue } from '../model/project.ts';

const MASK = '***';

/** Shorter values would blank out half of any text; they are masked only where they are the whole of it. */
const SHORTEST_PART = 3;

/** @returns the text with every secret's value replaced by `***`; values quoted for JSON or a URL are found too. */
export function maskText(text: string, secrets: Readonly<Record<string, SecretValue>>): string {
  const values = Object.values(secrets)
    .map((secret) => secret.value)
    .filter((value) => value !== '');
  if (values.includes(text)) return MASK;
  const parts = values
    .filter((value) => value.length >= SHORTEST_PART)
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)])
    .sort((a, b) => b.length - a.length);
  return parts.reduce((masked, part) => masked.replaceAll(part, MASK), text);
}

/** The same for every text in a value, keys aside. */
export function maskDeep<T>(value: T, secrets: Readonly<Record<string, SecretValue>>): T {
  if (typeof value === 'string') return maskText(value, secrets) as T;
  if (Array.isArray(value)) return value.map((inner) => maskDeep(inner, secrets)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskDeep(inner, secrets)])) as T;
}
