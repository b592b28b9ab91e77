/** Node's version, and whether what was compiled for it loads. */
import { posix } from '../../runtime/children/posix.ts';
import { type Check, ok, problem } from './check.ts';

const FLOOR = [20, 19] as const;

export const nodeVersion: Check = {
  name: 'Node',
  async run() {
    const { node } = process.versions;
    const [major = 0, minor = 0] = node.split('.').map(Number);
    const enough = major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1]);
    return enough ? ok(node) : problem(`${node} is too old`, `install Node ${FLOOR.join('.')} or newer`);
  },
};

export const sqlite: Check = {
  name: 'SQLite',
  async run() {
    try {
      const { openSqlite } = await import('../../data/sqlite.ts');
      const database = openSqlite(':memory:');
      const version = database.prepare('select sqlite_version()').pluck().get();
      database.close();
      return ok(String(version));
    } catch (error) {
      return problem(
        `the native module does not load: ${(error as Error).message.split('\n')[0]}`,
        `run \`npm rebuild better-sqlite3\` with this Node (${process.versions.node})`,
      );
    }
  },
};

export const launches: Check = {
  name: 'launches',
  async run() {
    if (posix()) return ok('by posix_spawn');
    if (process.platform !== 'linux') return ok("by Node's own");
    return ok('by fork, a millisecond slower: the faster way is compiled on installation, where there is a C compiler');
  },
};
