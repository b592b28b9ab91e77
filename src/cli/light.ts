/** The commands that must start fast, bundled into one file with `main.ts`, without what they do not need. */
import { LIGHT } from './commands/light.ts';
import { run } from './run.ts';

export function runLight(argv: readonly string[]): Promise<number> {
  return run(argv, Object.values(LIGHT));
}
