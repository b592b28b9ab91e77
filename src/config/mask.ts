/** The mask of a definition's secrets, for what is shown of it. Pure. */
import { Mask } from '../model/mask.ts';
import type { Project } from '../model/project.ts';

type Secrets = Project['secrets'];

/** A definition has many texts, and one set of secrets. */
const masks = new WeakMap<Secrets, Mask>();

/** @returns the text with every secret's value replaced by `***`, as `Mask` finds them. */
export function maskText(text: string, secrets: Secrets): string {
  let mask = masks.get(secrets);
  if (mask === undefined) {
    mask = new Mask(Object.values(secrets));
    masks.set(secrets, mask);
  }
  return mask.mask(text);
}

/** The same for every text in a value, keys aside. */
export function maskDeep<T>(value: T, secrets: Secrets): T {
  if (typeof value === 'string') return maskText(value, secrets) as T;
  if (Array.isArray(value)) return value.map((inner) => maskDeep(inner, secrets)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskDeep(inner, secrets)])) as T;
}
