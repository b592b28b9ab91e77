/** What runs, in both forms: a text for the shell, or a list of words. */
import * as z from 'zod';
import { either, scalar, text } from './fields.ts';

export function command(words: { description: string; examples?: readonly unknown[] }) {
  const phrase = 'a text or a list of words';
  const argument = scalar({ description: 'One argument.' });
  const list = z.array(argument, { error: phrase }).min(1, { error: 'a list with at least one word' });
  return either(phrase, words, text('a command', words), list);
}
