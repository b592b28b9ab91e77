/** Which steps run, and in which order: `--only`, `--shuffle`, and what a step needs of another. Pure. */
import { checksOf, type SmokeStep, variablesIn } from '../model/smoke.ts';

/** Names that a step captures for others. */
export function givenBy(step: SmokeStep): string[] {
  return checksOf([step]).flatMap((check) => Object.keys(check.capture));
}

/** Names that a step uses. */
export function neededBy(step: SmokeStep): Set<string> {
  return variablesIn(checksOf([step]).map(({ action, expect, service }) => ({ action, expect, service })));
}

/** Those whose name (or that of a check in them) holds one of the words, and what gives them their values. */
export function select(steps: readonly SmokeStep[], only: readonly string[]): SmokeStep[] {
  if (only.length === 0) return [...steps];
  const words = only.map((word) => word.toLowerCase());
  const isNamed = (step: SmokeStep): boolean =>
    [step, ...checksOf([step])].some(({ name }) => words.some((word) => name.toLowerCase().includes(word)));
  const chosen = new Set(steps.filter(isNamed));
  // From the last to the first: whoever gives a value stands before who needs it.
  const wanted = new Set<string>();
  for (const step of [...steps].reverse()) {
    if (givenBy(step).some((name) => wanted.has(name))) chosen.add(step);
    if (chosen.has(step)) for (const name of neededBy(step)) wanted.add(name);
  }
  return steps.filter((step) => chosen.has(step));
}

/** A random order in which every step still comes after those that give it its values. The same seed, the same order. */
export function shuffled(steps: readonly SmokeStep[], seed: number): SmokeStep[] {
  const random = generator(seed);
  const left = [...steps];
  const order: SmokeStep[] = [];
  while (left.length > 0) {
    const ready = left.filter((step) => {
      const needs = neededBy(step);
      return !left.some(
        (other) => steps.indexOf(other) < steps.indexOf(step) && givenBy(other).some((n) => needs.has(n)),
      );
    });
    const next = ready[Math.floor(random() * ready.length)] as SmokeStep;
    left.splice(left.indexOf(next), 1);
    order.push(next);
  }
  return order;
}

/** Mulberry32: small, seedable, even enough to shuffle. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
