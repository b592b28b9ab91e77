/** The shell's own commands, which begin with a dot. They read the schema and the shell's settings, never data. */
import { MsvcError } from '../../model/error.ts';
import type { Connection } from '../connection.ts';
import { LEDGER } from '../migrations/ledger.ts';
import { isMode, type Mode } from './modes.ts';
import { HELP, unknownCommand, unknownMode, unknownName } from './wording.ts';

export interface Settings {
  mode: Mode;
  quit: boolean;
}

type DotCommand = (db: Connection, argument: string, settings: Settings) => string;

const OWN = `name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name <> '${LEDGER}'`;

export const DOT_COMMANDS: Readonly<Record<string, DotCommand>> = {
  '.tables': (db) => lines(tablesAndViews(db)),
  '.schema': (db, name) => {
    const wanted = name === '' ? OWN : 'name = @name COLLATE NOCASE OR tbl_name = @name COLLATE NOCASE';
    const statement = db.prepare(
      `SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL AND (${wanted})
       ORDER BY tbl_name, CASE type WHEN 'table' THEN 0 WHEN 'view' THEN 0 ELSE 1 END, name`,
    );
    const found = (name === '' ? statement.pluck().all() : statement.pluck().all({ name })) as string[];
    if (name !== '' && found.length === 0) throw wrong(unknownName(name));
    return lines(found);
  },
  '.mode': (_db, name, settings) => {
    if (name === '') return `${settings.mode}\n`;
    if (!isMode(name)) throw wrong(unknownMode(name));
    settings.mode = name;
    return '';
  },
  '.help': () => HELP,
  '.quit': quit,
  '.exit': quit,
};

/** @returns what to print. @throws MsvcError MSVC_DATABASE_QUERY for an unknown command or name */
export function runDotCommand(db: Connection, line: string, settings: Settings): string {
  const [name = '', ...rest] = line.trim().replace(/;$/, '').split(/\s+/);
  const command = Object.hasOwn(DOT_COMMANDS, name) ? DOT_COMMANDS[name] : undefined;
  if (!command) throw wrong(unknownCommand(name));
  return command(db, rest.join(' '), settings);
}

export function tablesAndViews(db: Connection): string[] {
  const names = db.prepare(`SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND ${OWN} ORDER BY name`);
  return names.pluck().all() as string[];
}

function quit(_db: Connection, _argument: string, settings: Settings): string {
  settings.quit = true;
  return '';
}

function wrong(message: string): MsvcError {
  return new MsvcError('MSVC_DATABASE_QUERY', message);
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
