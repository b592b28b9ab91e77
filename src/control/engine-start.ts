/** What the command that begins an engine and the engine's first lines agree on. */
import path from 'node:path';

/** The project, as JSON on the engine's standard input. */
export interface Start {
  readonly name: string;
  readonly dir: string;
  readonly stateDir: string;
  /** The project's first file. */
  readonly file: string;
}

/** What Node itself says when the engine dies. */
export function engineLog(stateDir: string): string {
  return path.join(stateDir, 'engine.log');
}

/** For that file: of an end that goes on all the same. */
export function wentWrong(error: unknown): string {
  return `the end went wrong: ${error instanceof Error ? error.stack : error}\n`;
}

/**
 * The descriptor of the engine's first control connection, to the command that begins it. Its first frame answers the
 * start, which counts as request 0: `{ started }`, false when another engine holds the project, or an error.
 */
export const FIRST_CONNECTION = 3;
export const START_REQUEST = 0;

export interface Started {
  readonly started: boolean;
}
