/**
 * The one place that loads better-sqlite3. Everything it makes is kept until the thread ends.
 *
 * Built against the headers of Node 24.19 or newer 24, an object of better-sqlite3 12 that is garbage-collected while
 * no JavaScript runs aborts the whole process (`RemoveEnvironmentCleanupHook ... (env) != nullptr`). What is never
 * collected cannot do that, and Node frees it in order at its end. A closed database holds no statement's memory, and
 * msvc opens databases only in short commands and in worker threads that end, so this keeps little.
 */
import Database from 'better-sqlite3';

/** Without `pragma`, whose statements nobody could keep: `exec` sets one, `readPragma` reads one. */
export type Connection = Omit<Database.Database, 'pragma'>;

const kept: object[] = [];

function keep<T extends object>(made: T): T {
  kept.push(made);
  return made;
}

export function openSqlite(file: string, options?: Database.Options): Connection {
  const db = keep(new Database(file, options));
  const prepare = db.prepare.bind(db);
  const prepareKept = (source: string): Database.Statement => {
    const statement = keep(prepare(source));
    const iterate = statement.iterate.bind(statement);
    return Object.assign(statement, { iterate: (...given: unknown[]) => keep(iterate(...given)) });
  };
  return Object.assign(db, { prepare: prepareKept as Connection['prepare'] });
}
