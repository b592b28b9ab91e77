/** The commands that show how things are, bundled into one file. */
import { LOOK } from './commands/look.ts';
import { plainCall } from './plain-call.ts';
import { run } from './run.ts';

export { leave } from '../runtime/children/leave.ts';

export function runLook(argv: readonly string[]): Promise<number> {
  const commands = Object.values(LOOK);
  return run(argv, async (around) => {
    const plain = await plainCall(argv, around, commands);
    if (plain !== null) return plain;
    const { runProgram } = await import('./program.ts');
    return await runProgram(argv, around, commands);
  });
}
