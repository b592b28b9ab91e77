/** Holds the files of a folder against what a database says was applied. Pure. */
import path from 'node:path';
import { MsvcError } from '../../model/error.ts';
import type { Place } from '../../model/place.ts';
import { migrationNumber, type SqlFile } from './files.ts';
import type { AppliedMigration } from './ledger.ts';

/**
 * @returns the files still to apply, in order
 * @throws MsvcError MSVC_MIGRATION_CHANGED when an applied file reads differently or is gone (facts: file, appliedAt,
 *   change `edited | renamed | missing`); MSVC_MIGRATION_ORDER when a new file would have been due before one that was
 *   applied: what it finds would depend on who runs it when
 */
export function pendingMigrations(
  files: readonly SqlFile[],
  applied: readonly AppliedMigration[],
  folder: string,
  place: Place | undefined,
): SqlFile[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  for (const migration of applied) {
    const file = byName.get(migration.name);
    if (!file) throw gone(migration, files, applied, folder, place);
    if (file.checksum !== migration.checksum) throw edited(migration, file);
  }
  const done = new Set(applied.map(({ name }) => name));
  const pending = files.filter(({ name }) => !done.has(name));
  const last = files.findLast(({ name }) => done.has(name));
  const late = last && pending.find(({ name }) => number(name) < number(last.name));
  if (late && last) throw outOfOrder(late, last);
  return pending;
}

function edited({ appliedAt }: AppliedMigration, { name, file }: SqlFile): MsvcError {
  return new MsvcError('MSVC_MIGRATION_CHANGED', `${name} was changed after it had been applied`, {
    facts: { file, appliedAt, change: 'edited' },
    place: { file, line: 1, column: 1 },
  });
}

function gone(
  migration: AppliedMigration,
  files: readonly SqlFile[],
  applied: readonly AppliedMigration[],
  folder: string,
  place: Place | undefined,
): MsvcError {
  const { name, checksum, appliedAt } = migration;
  const known = new Set(applied.map((one) => one.name));
  const twin = files.find((file) => file.checksum === checksum && !known.has(file.name));
  const file = path.join(folder, name);
  if (twin) {
    return new MsvcError('MSVC_MIGRATION_CHANGED', `${name} was renamed to ${twin.name} after it had been applied`, {
      facts: { file, appliedAt, change: 'renamed', renamedTo: twin.file },
      place: { file: twin.file, line: 1, column: 1 },
      hint: `name it ${name} again`,
    });
  }
  return new MsvcError('MSVC_MIGRATION_CHANGED', `${name} was applied, and its file is gone`, {
    facts: { file, appliedAt, change: 'missing' },
    place,
  });
}

function outOfOrder(late: SqlFile, last: SqlFile): MsvcError {
  return new MsvcError(
    'MSVC_MIGRATION_ORDER',
    `${late.name} is new, but comes before ${last.name}, which was applied`,
    {
      facts: { file: late.file, after: last.file, reason: 'out-of-order' },
      place: { file: late.file, line: 1, column: 1 },
      hint: `give it a number above that of ${last.name}; or, where the data may go, \`msvc db reset\``,
    },
  );
}

function number(name: string): bigint {
  return migrationNumber(name) ?? 0n;
}
