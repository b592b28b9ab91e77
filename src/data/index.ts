/**
 * A SQLite file for each service: provisioning and migrating it before the service starts, looking into it, resetting
 * it. Importing this loads no SQLite: preparation happens in a worker thread, the rest loads it when called.
 */
export { type Cell, cellJson, cellText } from './cells.ts';
export { type DatabaseInfo, inspectDatabase } from './inspect.ts';
export { type Holder, openedBy } from './opened-by.ts';
export { type PrepareOptions, prepareDatabase } from './prepare.ts';
export type { Applied, Prepared } from './protocol.ts';
export { type QueryOptions, type QueryResult, queryDatabase } from './query.ts';
export { resetDatabase } from './reset.ts';
export { isMode, MODES, type Mode, printRows, type TextMeasure } from './shell/modes.ts';
export { runShell, type ShellOptions } from './shell/shell.ts';
