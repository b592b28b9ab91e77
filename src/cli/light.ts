/** The entry of the commands that must start fast (dist/cli/light.js): bundled into one file, without what they do not need. */
import { LIGHT } from './commands/light.ts';
import { run } from './run.ts';

export function runLight(argv: readonly string[]): Promise<number> {
  return run(argv, Object.values(LIGHT));
}
