/** The ordered .sql files of a folder: numbered names in the order of their numbers, `.down.sql` left aside. Reads only. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MsvcError } from '../model/error.ts';

export interface MigrationFile {
  /** The file's name; its identity for ever. */
  readonly name: string;
  readonly path: string;
  readonly sql: string;
  /** SHA-256 of the text, line ends and byte order mark aside. */
  readonly checksum: string;
  /** A first line `-- msvc: no-transaction`. */
  readonly transaction: boolean;
}

/** @throws MsvcError MSVC_MIGRATION_FAILED when the folder cannot be read or two files bear one number */
export function readMigrations(folder: string, service: string): MigrationFile[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.sql') && !name.endsWith('.down.sql'));
  } catch (error) {
    throw new MsvcError('MSVC_MIGRATION_FAILED', `the migrations of ${service} cannot be read`, {
      facts: { service, folder, reason: (error as Error).message },
    });
  }
  names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const numbers = new Map<string, string>();
  for (const name of names) {
    const number = /^\d+/.exec(name)?.[0].replace(/^0+(?=\d)/, '');
    if (number === undefined) continue;
    const other = numbers.get(number);
    if (other !== undefined) {
      throw new MsvcError('MSVC_MIGRATION_FAILED', `${other} and ${name} bear the same number`, {
        facts: { service, file: name, other },
        hint: 'give one of them the next number',
      });
    }
    numbers.set(number, name);
  }
  return names.map((name) => readSqlFile(path.join(folder, name)));
}

export function readSqlFile(file: string): MigrationFile {
  const sql = readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n');
  return {
    name: path.basename(file),
    path: file,
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
    transaction: !/^--\s*msvc:\s*no-transaction\b/.test(sql),
  };
}
