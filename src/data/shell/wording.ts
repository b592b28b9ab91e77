/** All that the shell says by itself. */
import type { MsvcError } from '../../model/error.ts';

export const HELP = `Statements end with ;  and may span lines. Ctrl-C drops what is typed, or leaves; Ctrl-D leaves.
  .tables          tables and views
  .schema [NAME]   how they were created
  .mode [MODE]     table, json or csv
  .help            this
  .quit            leave
`;

export function welcome(service: string, write: boolean): string {
  return `${service}: ${write ? 'changes are written' : 'read-only, --write to change data'}. .help for help\n`;
}

export const prompt = (service: string): string => `${service}> `;
export const continuation = (service: string): string => `${' '.repeat(Math.max(0, service.length - 2))}...> `;

export function changed(rows: number): string {
  return `(${rows} ${rows === 1 ? 'row' : 'rows'} changed)\n`;
}

/** @param line of a script, where one can look it up */
export function failed(error: MsvcError, line: number | undefined): string {
  const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`;
  return `error: ${line === undefined ? '' : `line ${line}: `}${error.message}\n${hint}`;
}

export const unknownCommand = (command: string): string => `no command ${command}; .help lists them`;
export const unknownMode = (mode: string): string => `no mode ${mode}; there is table, json and csv`;
export const unknownName = (name: string): string => `no table, view, index or trigger ${name}`;
export const unfinished = 'the last statement has no ; or a quote or comment is open';
export const rolledBack = 'the open transaction is rolled back\n';
