/**
 * A command written as one text -> its words, as Compose splits it for a container: blanks divide, quotes and
 * backslashes join, nothing is expanded. Holes for launch time stay whole. Pure.
 */
import type { Template, TemplateHole } from '../../../model/template.ts';

type Part = string | TemplateHole;

/** @returns undefined when a quote is not closed. */
export function wordsOf(template: Template): Template[] | undefined {
  const words: Part[][] = [];
  let word: Part[] | null = null;
  let quote: '"' | "'" | null = null;
  const add = (part: Part): void => {
    word ??= [];
    const last = word.at(-1);
    if (typeof part === 'string' && typeof last === 'string') word[word.length - 1] = last + part;
    else word.push(part);
  };
  for (const part of typeof template === 'string' ? [template] : template) {
    if (typeof part !== 'string') {
      add(part);
      continue;
    }
    for (let at = 0; at < part.length; at++) {
      const character = part[at]!;
      if (quote === null && /\s/.test(character)) {
        if (word) words.push(word);
        word = null;
      } else if (character === '\\' && quote !== "'" && at + 1 < part.length) {
        const next = part[++at]!;
        // Between double quotes a backslash only takes away what these mean.
        add(quote === '"' && !'"\\$`'.includes(next) ? `\\${next}` : next);
      } else if (quote === null && (character === '"' || character === "'")) {
        quote = character;
        add('');
      } else if (character === quote) quote = null;
      else add(character);
    }
  }
  if (quote !== null) return undefined;
  if (word) words.push(word);
  return words.map((parts) => (parts.length === 1 && typeof parts[0] === 'string' ? parts[0] : parts));
}
