/**
 * The migration files of a folder, in the order of their numbers, with checksums. Reads files, never a database.
 *
 * `001_x.sql`, `1_name.up.sql`, `V2__x.sql` and `20240131120000_x.sql` are migrations; `.down.sql` and files of another
 * ending are ignored, and so is the "down" half of a file in the style of dbmate or goose.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ErrorCode, MsvcError } from '../../model/error.ts';
import type { Place } from '../../model/place.ts';
import { codeOf, messageOf } from '../problems.ts';

export interface SqlFile {
  /** Its base name: what is recorded as applied. */
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  /** Line ends as they are; no byte order mark. */
  readonly sql: string;
  /** SHA-256 in hex, of the text with LF line ends: a checkout with other line ends is the same file. */
  readonly checksum: string;
  /** Asked for by a first line `-- msvc: no-transaction`. */
  readonly transaction: boolean;
}

const NUMBER = /^[vV]?(\d+)/;
const NO_TRANSACTION = /^--\s*msvc:\s*no-transaction\s*$/;
const DOWN = /^--\s*(?:migrate:down|\+goose\s+Down)\b/m;

/**
 * @throws MsvcError MSVC_MIGRATION_ORDER for a name without a number and for two files of one number,
 *   MSVC_MIGRATION_FAILED when folder or file cannot be read
 */
export function migrationFiles(folder: string, place: Place | undefined): SqlFile[] {
  const numbered = names(folder, place).map((name) => ({ name, number: numberOf(folder, name) }));
  numbered.sort((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : 0));
  for (const [index, { name, number }] of numbered.entries()) {
    const before = numbered[index - 1];
    if (before?.number === number) throw duplicate(folder, before.name, name);
  }
  return numbered.map(({ name }) => readSql(path.join(folder, name), 'MSVC_MIGRATION_FAILED', place));
}

/** The number of a migration's name; names that were recorded by msvc always have one. */
export function migrationNumber(name: string): bigint | undefined {
  const digits = NUMBER.exec(name)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

/** @throws MsvcError with the given code */
export function readSql(file: string, code: ErrorCode, place: Place | undefined): SqlFile {
  const name = path.basename(file);
  const whole = readText(file, code, place);
  const down = DOWN.exec(whole);
  const sql = down ? whole.slice(0, down.index) : whole;
  const checksum = createHash('sha256').update(whole.replaceAll('\r\n', '\n')).digest('hex');
  return { name, file, sql, checksum, transaction: !NO_TRANSACTION.test(sql.split('\n', 1)[0] ?? '') };
}

function names(folder: string, place: Place | undefined): string[] {
  try {
    const isMigration = (name: string): boolean => name.endsWith('.sql') && !name.endsWith('.down.sql');
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && isMigration(entry.name))
      .map((entry) => entry.name);
  } catch (error) {
    throw unreadable(folder, 'MSVC_MIGRATION_FAILED', place, error);
  }
}

function readText(file: string, code: ErrorCode, place: Place | undefined): string {
  try {
    // Takes the byte order mark away.
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (codeOf(error) === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new MsvcError(code, `${path.basename(file)} is not UTF-8 text`, {
        facts: { file, reason: 'not-utf-8' },
        place: { file, line: 1, column: 1 },
      });
    }
    throw unreadable(file, code, place, error);
  }
}

function unreadable(file: string, code: ErrorCode, place: Place | undefined, error: unknown): MsvcError {
  return new MsvcError(code, `${file} cannot be read: ${messageOf(error)}`, {
    facts: { file, reason: codeOf(error) || 'unreadable' },
    place,
    cause: error,
  });
}

function numberOf(folder: string, name: string): bigint {
  const number = migrationNumber(name);
  if (number !== undefined) return number;
  const file = path.join(folder, name);
  throw new MsvcError('MSVC_MIGRATION_ORDER', `${name} does not begin with a number, so its turn is unknown`, {
    facts: { file, reason: 'no-number' },
    place: { file, line: 1, column: 1 },
    hint: 'name it like 001_create_tables.sql',
  });
}

function duplicate(folder: string, first: string, second: string): MsvcError {
  const file = path.join(folder, second);
  return new MsvcError('MSVC_MIGRATION_ORDER', `${first} and ${second} have the same number`, {
    facts: { file, other: path.join(folder, first), reason: 'duplicate-number' },
    place: { file, line: 1, column: 1 },
    hint: 'give one of them the next free number',
  });
}
