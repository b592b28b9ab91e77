/** What a person reads while checks run: a line each; on a terminal those that are being made, too. */
import path from 'node:path';
import type { SmokeCheck } from '../../../model/smoke.ts';
import type { CheckResult, CheckState } from '../../../smoke/result.ts';
import type { SuiteListener } from '../../../smoke/run-suite.ts';
import type { Output } from '../../output.ts';
import type { Colour } from '../../style.ts';
import { cutText } from '../../text-width.ts';
import { count } from '../../wording/lists.ts';
import { duration } from '../../wording/time.ts';
import { reasonLines } from '../wording.ts';

/** Of what came back, so much is shown; the rest is in the report. */
const ANSWER_CHARACTERS = 300;

const WORDS: Readonly<Record<CheckState, { readonly mark: string; readonly colour: Colour }>> = {
  passed: { mark: '✓ ', colour: 'green' },
  failed: { mark: '✗ failed: ', colour: 'red' },
  error: { mark: '✗ error: ', colour: 'red' },
  skipped: { mark: '- skipped: ', colour: 'yellow' },
};

export class Reporter implements SuiteListener {
  readonly #out: Output;
  readonly #mask: (text: string) => string;
  readonly #running = new Map<string, number>();
  #liveRows = 0;

  constructor(out: Output, mask: (text: string) => string) {
    this.#out = out;
    this.#mask = mask;
  }

  line(text: string): void {
    this.#clear();
    this.#out.line(this.#mask(text));
    this.#draw();
  }

  started(check: SmokeCheck): void {
    this.#running.set(check.name, performance.now());
    this.#clear();
    this.#draw();
  }

  finished(result: CheckResult): void {
    this.#running.delete(result.name);
    // The summary counts them; a line each would bury what failed.
    if (result.state === 'skipped' && result.problem?.kind !== 'prior') return;
    this.#clear();
    for (const line of this.#linesOf(result)) this.#out.line(this.#mask(line));
    this.#draw();
  }

  #linesOf(result: CheckResult): string[] {
    const { style } = this.#out;
    const { mark, colour } = WORDS[result.state];
    const facts = [
      ...(result.state === 'skipped' ? [] : [duration(result.tookMs)]),
      ...(result.attempts > 1 ? [count(result.attempts, 'time')] : []),
      ...(result.round > 1 ? [`round ${result.round}`] : []),
    ];
    const head = `${style.paint(colour, mark)}${result.name}${facts.length > 0 ? style.dim(`  ${facts.join(', ')}`) : ''}`;
    const slow = result.slow ? [`slower than ${duration(result.slow.maxMs)}: ${duration(result.slow.actualMs)}`] : [];
    const reasons = reasonLines(result).map((line) => `    ${line}`);
    const where = `    at ${path.relative(process.cwd(), result.place.file)}:${result.place.line}:${result.place.column}`;
    const isBad = result.state === 'failed' || result.state === 'error';
    const details = isBad ? [...answer(result), where].map((line) => style.dim(line)) : [];
    return [head, ...reasons, ...slow.map((line) => `    ${style.paint('yellow', line)}`), ...details];
  }

  /** Lines that the next line takes away again. */
  #draw(): void {
    if (!this.#out.isTerminal || this.#running.size === 0) return;
    const names = [...this.#running.keys()].map((name) => cutText(`  ${name} ...`, this.#out.columns - 1));
    this.#out.write(names.map((name) => `${this.#out.style.dim(name)}\n`).join(''));
    this.#liveRows = names.length;
  }

  #clear(): void {
    if (this.#liveRows > 0) this.#out.write(`\u001b[${this.#liveRows}A\u001b[J`);
    this.#liveRows = 0;
  }
}

/** The few words of the answer that mostly tell why. */
function answer({ exchange }: CheckResult): string[] {
  const received = exchange?.received ?? '';
  const [head, body] = received.includes('\n\n')
    ? [received.split('\n')[0], received.slice(received.indexOf('\n\n') + 2)]
    : ['', received];
  const text = body.trim().replace(/\s+/g, ' ');
  if (text === '') return [];
  return [
    `    answer: ${head === '' ? '' : `${head}: `}${text.slice(0, ANSWER_CHARACTERS)}${text.length > ANSWER_CHARACTERS ? ' ...' : ''}`,
  ];
}
