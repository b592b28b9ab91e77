/** The examples at the end of a command's help; the reference page prints the same. */
import type { Definition } from './command.ts';

export interface Example {
  readonly line: string;
  readonly does: string;
}

const kept = new WeakMap<Definition, { examples: readonly Example[]; notes: readonly string[] }>();

/** Adds examples, and sentences that belong below the options, to a command's help. */
export function explain(command: Definition, examples: readonly Example[], notes: readonly string[] = []): void {
  kept.set(command, { examples, notes });
  const width = Math.max(...examples.map((e) => e.line.length));
  const lines = examples.map((e) => `  ${e.line.padEnd(width)}  ${e.does}`);
  const text = [...notes.map((note) => `\n${note}`), ...(lines.length > 0 ? ['\nExamples:', ...lines] : [])];
  command.addHelpText('after', text.join('\n'));
}

export function explanationOf(command: Definition): { examples: readonly Example[]; notes: readonly string[] } {
  return kept.get(command) ?? { examples: [], notes: [] };
}
