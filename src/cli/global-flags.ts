/** Gives a command the flags that every command has. */
import { type Command, Option } from 'commander';
import { GLOBAL_FLAGS } from './globals.ts';

const append = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

/** Adds the global flags that the command has not taken for itself. */
export function addGlobalFlags(command: Command): void {
  command.optionsGroup('Global options:');
  for (const flag of GLOBAL_FLAGS) {
    const wanted = new Option(flag.flags);
    if (command.options.some((o) => o.long === wanted.long)) continue;
    const shortTaken = command.options.some((o) => o.short !== undefined && o.short === wanted.short);
    const option = new Option(shortTaken ? flag.flags.replace(/^-\w, /, '') : flag.flags, flag.description);
    option.helpGroup('Global options:');
    if (flag.many) option.argParser(append);
    if (flag.choices) option.choices(flag.choices);
    command.addOption(option);
  }
}

export function addHelpFlag(command: Command): void {
  command.addHelpOption(new Option('-h, --help', 'print help').helpGroup('Global options:'));
}
