/** `msvc db migrate`: what is pending, applied now. */
import type { Context } from '../context.ts';
import { prepare, withDatabase } from './database.ts';

export async function migrate(context: Context, service: string): Promise<number> {
  return await withDatabase(context, service, async (found) => {
    const applied = await prepare(found);
    for (const name of applied) context.out.line(name);
    if (applied.length === 0) context.err.line('nothing was pending');
    return 0;
  });
}
