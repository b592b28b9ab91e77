/** Questions on a terminal, on standard error, so that standard output stays what programs read. */
import { createInterface } from 'node:readline/promises';
import { MsvcError } from '../../model/error.ts';

export interface Ask {
  /** @returns what was typed, or the usual answer */
  text(question: string, usual: string, check?: (answer: string) => string | undefined): Promise<string>;
  yes(question: string, usual: boolean): Promise<boolean>;
  close(): void;
}

/** Asks nobody. */
export const USUAL: Ask = {
  text: async (_question, usual) => usual,
  yes: async (_question, usual) => usual,
  close: () => {},
};

/** @throws MsvcError MSVC_USAGE when there is nobody to ask, and from a question that is left by Ctrl-C or Ctrl-D */
export function askTerminal(): Ask {
  if (!process.stdin.isTTY) {
    throw new MsvcError('MSVC_USAGE', 'there is nobody to ask', { hint: 'say --yes, and what you want by flags' });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const left = new Promise<never>((_, reject) => {
    lines.once('close', () =>
      reject(new MsvcError('MSVC_USAGE', 'nothing was written', { hint: 'run it again to begin anew' })),
    );
  });
  left.catch(() => {});
  const question = (words: string): Promise<string> => Promise.race([lines.question(words), left]);
  return {
    async text(words, usual, check) {
      for (;;) {
        const answer = (await question(`${words} [${usual}] `)).trim() || usual;
        const wrong = check?.(answer);
        if (wrong === undefined) return answer;
        process.stderr.write(`${wrong}\n`);
      }
    },
    async yes(words, usual) {
      for (;;) {
        const answer = (await question(`${words} ${usual ? '[Y/n]' : '[y/N]'} `)).trim().toLowerCase();
        if (answer === '') return usual;
        if (/^(y|yes|n|no)$/.test(answer)) return answer.startsWith('y');
        process.stderr.write('yes or no\n');
      }
    },
    close: () => lines.close(),
  };
}
