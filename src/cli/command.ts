/** What a file in `commands/` is: a function that gives a commander command its arguments, options and action. */
import type { Command } from 'commander';
import type { Context } from './context.ts';

/** @returns the exit code; undefined = 0. Errors are thrown, as `MsvcError`s. */
export type Action<A extends readonly unknown[]> = (context: Context, ...args: A) => Promise<number | undefined>;

/** Ties an action to a command: it gets the context, then the arguments in order, then the options. */
export type Bind<C = Command> = <A extends readonly unknown[]>(command: C, action: Action<A>) => void;

export interface CommandModule {
  define(command: Command, bind: Bind): void;
}

/** The part of a commander command that the commands of `look.ts` are made with: `plain-call.ts` knows it too. */
export interface Definition {
  argument(spec: string, description?: string): this;
  option(flags: string, description?: string): this;
  option<T>(flags: string, description: string, parse: (value: string, before: T) => T, standard?: T): this;
  createOption(flags: string, description?: string): Choice;
  addOption(option: Choice): this;
  command(name: string): this;
  summary(text: string): this;
  description(text: string): this;
  addHelpText(position: 'after', text: string): this;
  opts<T extends object>(): T;
}

export interface Choice {
  readonly flags: string;
  choices(values: readonly string[]): this;
}

export interface PlainModule {
  define<C extends Definition>(command: C, bind: Bind<C>): void;
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

export interface PlainEntry extends CommandEntry {
  readonly load: () => Promise<PlainModule>;
}
