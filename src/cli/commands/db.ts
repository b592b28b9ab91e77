/** `msvc db`: its actions and their flags; what they do is in `db/`. */
import { Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { withDatabase } from '../db/database.ts';
import { explain } from '../examples.ts';

const SERVICE = 'whose database';

export const { define }: CommandModule = {
  define(command, bind) {
    const path = command.command('path').summary('print where the file is').argument('<service>', SERVICE);
    path.description('Print where the file of the database is.');
    explain(path, [{ line: 'sqlite3 "$(msvc db path orders)"', does: 'with a tool of your own' }]);
    bind(path, async (context, service: string) =>
      withDatabase(context, service, async ({ database }) => {
        context.out.line(database.path);
        return 0;
      }),
    );

    const info = command.command('info').summary('tables, rows, size and applied migrations');
    info.description('Show the tables with their rows, the size, and the migrations that were applied.');
    info.argument('<service>', SERVICE).option('--json', 'one object, for programs');
    bind(info, async (context, service: string, flags: { readonly json?: boolean }) =>
      (await import('../db/info.ts')).info(context, service, flags.json === true),
    );

    const shell = command.command('shell').summary('open an SQL shell').argument('<service>', SERVICE);
    shell.description('Open an SQL shell; read-only unless --write.').option('--write', 'let statements change data');
    explain(shell, [
      { line: 'msvc db shell orders', does: 'look around; nothing can be changed' },
      { line: 'msvc db shell orders --write < fix.sql', does: 'run a script; it stops at the first failure' },
    ]);
    bind(shell, async (context, service: string, flags: { readonly write?: boolean }) =>
      (await import('../db/shell.ts')).shell(context, service, flags.write === true),
    );

    const query = command.command('query').summary('run SQL statements and print their rows');
    query
      .description('Run SQL statements and print their rows; read-only unless --write.')
      .argument('<service>', SERVICE)
      .argument('[sql]', 'one or more statements; without it, from standard input')
      .option('--write', 'let statements change data')
      .addOption(new Option('--mode <mode>', 'how rows are printed').choices(['table', 'json', 'csv']).default('table'))
      .option('--json', 'the same as --mode json');
    explain(query, [
      { line: 'msvc db query orders "select status, count(*) from orders group by 1"', does: 'a table' },
    ]);
    bind(query, async (context, service: string, sql: string | undefined, flags: QueryFlags) =>
      (await import('../db/query.ts')).query(context, service, sql, flags),
    );

    const migrate = command.command('migrate').summary('apply pending migrations now').argument('<service>', SERVICE);
    migrate.description('Apply pending migrations now, whether the service runs or not.');
    bind(migrate, async (context, service: string) => (await import('../db/migrate.ts')).migrate(context, service));

    const reset = command.command('reset').summary('delete the data and begin anew').argument('<service>', SERVICE);
    reset
      .description(
        'Delete the data and make a new database, migrated and seeded. Asks first; stops the service meanwhile.',
      )
      .option('-y, --yes', 'do not ask');
    bind(reset, async (context, service: string, flags: { readonly yes?: boolean }) =>
      (await import('../db/reset.ts')).reset(context, service, flags.yes === true),
    );
  },
};

type QueryFlags = import('../db/query.ts').QueryFlags;
