/** `msvc db shell`: hands the terminal to the data layer's shell. */
import type { Context } from '../context.ts';
import { cutText, textWidth } from '../text-width.ts';
import { withDatabase } from './database.ts';

export async function shell(context: Context, service: string, write: boolean): Promise<number> {
  return await withDatabase(context, service, async ({ database }) => {
    const { runShell } = await import('../../data/index.ts');
    return await runShell({
      file: database.path,
      service,
      write,
      input: process.stdin,
      output: process.stdout,
      errors: process.stderr,
      measure: { width: textWidth, cut: cutText },
    });
  });
}
