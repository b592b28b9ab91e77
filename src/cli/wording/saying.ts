/** A sentence about something that happened, before it is laid out: who, what, how grave, and what to show with it. */
import type { Colour } from '../style.ts';

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'quiet';

export const TONE_COLOUR: Readonly<Record<Tone, Colour | undefined>> = {
  plain: undefined,
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  quiet: 'dim',
};

export interface Saying {
  /** `orders.1`, `orders`, `gateway` or `msvc`. */
  readonly subject: string;
  readonly text: string;
  readonly tone: Tone;
  /** Lines to be shown below it, such as the last output. */
  readonly details: readonly string[];
}

export function saying(subject: string, text: string, tone: Tone = 'plain', details: readonly string[] = []): Saying {
  return { subject, text, tone, details };
}
