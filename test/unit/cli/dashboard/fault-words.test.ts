/** A fault typed in the dashboard: every word that the hint names is understood, and what is none is told. */
import { expect, it } from 'vitest';
import { FAULT_WORDS, faultOf } from '../../../../src/cli/dashboard/model/fault-words.ts';
import { effectText } from '../../../../src/cli/wording/faults.ts';

const text = (...words: string[]): string => {
  const fault = faultOf(['web->api', ...words]);
  return typeof fault === 'string' ? `wrong: ${fault}` : effectText(fault);
};

it.each([
  [['300ms', 'jitter=50ms'], '300 ms ± 50 ms later'],
  [['64KiB/s'], 'at most 64 KiB/s'],
  [['bandwidth=1.5m', '10%', '503'], 'at most 1.5 MiB/s, 10 % answered 503'],
  [['bandwidth=100', 'reset=10%', 'abort=5%'], 'at most 100 B/s, 10 % reset, 5 % aborted'],
])('%o', (words, effect) => {
  expect(text(...words)).toBe(effect);
});

it.each([
  [['64KiB'], 'wrong: 64KiB is nothing that a fault does'],
  [['bandwidth=fast'], 'wrong: bandwidth=fast is nothing that a fault does'],
  [['for=1m'], 'wrong: such a fault does nothing'],
])('%o is none', (words, sentence) => {
  expect(text(...words)).toContain(sentence);
});

it('what is offered is understood', () => {
  for (const word of FAULT_WORDS) expect(text(word, '1s'), word).not.toContain('nothing that a fault does');
});
