/** What a file in `commands/` is: a function that gives a commander command its arguments, options and action. */
import type { Command } from 'commander';
import type { Context } from './context.ts';

/** @returns the exit code; undefined = 0. Errors are thrown, as `MsvcError`s. */
export type Action<A extends readonly unknown[]> = (context: Context, ...args: A) => Promise<number | undefined>;

/** Ties an action to a command: it gets the context, then the arguments in order, then the options. */
export type Bind = <A extends readonly unknown[]>(command: Command, action: Action<A>) => void;

export interface CommandModule {
  define(command: Command, bind: Bind): void;
}

export const GROUPS = [
  'Begin',
  'Run a system',
  'Look at it',
  'Work with its services',
  'The file and the machine',
] as const;

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Absent: not listed. */
  readonly group?: (typeof GROUPS)[number];
  readonly load: () => Promise<CommandModule>;
}
