/** The target of a request: path and query. Owns the latest ones, since a thousand readers of one service send the same. */
import { FaceError, type Query } from './face.ts';

export interface Target {
  readonly path: string;
  /** null: they cannot be decoded. */
  readonly segments: readonly string[] | null;
  readonly query: Query;
}

/** Longer ones are nobody's that asks again and again. */
const MAX_KEPT_LENGTH = 512;
const MOST_KEPT = 256;

export class Targets {
  readonly #known = new Map<string, Target>();

  /** @throws FaceError 400 for what is no target at all */
  of(text: string): Target {
    const known = this.#known.get(text);
    if (known) return known;
    const target = parse(text);
    if (text.length > MAX_KEPT_LENGTH) return target;
    if (this.#known.size >= MOST_KEPT) this.#known.clear();
    this.#known.set(text, target);
    return target;
  }
}

function parse(text: string): Target {
  if (!URL.canParse(text, 'http://localhost')) throw new FaceError(400, 'the target is malformed');
  const { pathname, searchParams } = new URL(text, 'http://localhost');
  return { path: pathname, segments: segmentsOf(pathname), query: searchParams };
}

function segmentsOf(path: string): string[] | null {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return null;
  }
}
