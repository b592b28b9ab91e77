/** `msvc db info`: what is in a service's database. */
import type { Context } from '../context.ts';
import { tableLines } from '../table.ts';
import { withDatabase } from './database.ts';

export async function info(context: Context, service: string, json: boolean): Promise<number> {
  return await withDatabase(context, service, async ({ database }) => {
    const { inspectDatabase } = await import('../../data/index.ts');
    const found = await inspectDatabase(database.path);
    const { out } = context;
    if (json) {
      out.json(found);
      return 0;
    }
    out.line(found.file);
    out.line(`${(found.sizeBytes / 1024).toFixed(0)} kB, journal mode ${found.journalMode}`);
    out.line();
    const print = <Row>(rows: readonly Row[], columns: Parameters<typeof tableLines<Row>>[1]): void => {
      out.write(`${tableLines(rows, columns, { style: out.style, width: out.columns }).join('\n')}\n`);
    };
    print(found.tables, [
      { header: 'TABLE', value: (t) => t.name },
      { header: 'ROWS', value: (t) => String(t.rows), align: 'right' },
    ]);
    if (found.migrations.length === 0) return 0;
    out.line();
    print(found.migrations, [
      { header: 'MIGRATION', value: (m) => m.name },
      { header: 'APPLIED', value: (m) => m.appliedAt },
    ]);
    return 0;
  });
}
