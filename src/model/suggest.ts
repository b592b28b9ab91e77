/** "Did you mean": the nearest of some known words. Pure. */

/**
 * @returns the candidate closest to `word` by Damerau-Levenshtein distance (optimal string alignment), ignoring case
 *   and the difference between `-` and `_`; undefined when nothing is near (more than a third of the word's length,
 *   at least one edit) so that a suggestion is never a wild guess. Failing that, the one candidate that holds the word
 *   (`Prefix` -> `PathPrefix`).
 */
export function suggest(word: string, words: Iterable<string>): string | undefined {
  const candidates = [...words];
  const wanted = fold(word);
  const limit = wanted.length < 2 ? 0 : Math.max(1, Math.floor(wanted.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, fold(candidate), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== undefined || wanted.length < 4) return best;
  const holding = candidates.filter((candidate) => fold(candidate).includes(wanted));
  return holding.length === 1 ? holding[0] : undefined;
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll('-', '_');
}

/** @returns the distance, or `bound` when it is at least that. */
function editDistance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) >= bound) return bound;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, beforeLast[j - 2]! + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return Math.min(last[b.length]!, bound);
}
