/** `msvc db query`: statements from the command line or standard input, answered as a table, JSON or CSV. */
import { text } from 'node:stream/consumers';
import type { QueryResult } from '../../data/index.ts';
import { MsvcError } from '../../model/error.ts';
import type { Context } from '../context.ts';
import { cutText, textWidth } from '../text-width.ts';
import { withDatabase } from './database.ts';

export interface QueryFlags {
  readonly write?: boolean;
  readonly json?: boolean;
  readonly mode: 'table' | 'json' | 'csv';
}

const CELL_COLUMNS = 60;

export async function query(
  context: Context,
  service: string,
  sql: string | undefined,
  flags: QueryFlags,
): Promise<number> {
  return await withDatabase(context, service, async ({ database }) => {
    if (sql === undefined && process.stdin.isTTY) {
      throw new MsvcError('MSVC_USAGE', 'there is nothing to ask', {
        hint: `write the statement after the service, or open \`msvc db shell ${service}\``,
      });
    }
    const { queryDatabase } = await import('../../data/index.ts');
    const results = await queryDatabase(database.path, sql ?? (await text(process.stdin)), {
      write: flags.write === true,
    });
    for (const result of results) await print(context, result, flags.json ? 'json' : flags.mode);
    return 0;
  });
}

async function print({ out, err }: Context, result: QueryResult, mode: QueryFlags['mode']): Promise<void> {
  if (result.changes !== null) {
    err.line(`${result.changes} ${result.changes === 1 ? 'row' : 'rows'} changed`);
    return;
  }
  const { printRows } = await import('../../data/index.ts');
  const cellColumns = out.isTerminal ? CELL_COLUMNS : Number.POSITIVE_INFINITY;
  const style = { width: textWidth, cut: cutText, cellColumns };
  for (const piece of printRows(mode, result.columns, result.rows, style)) await out.flood(piece);
}
