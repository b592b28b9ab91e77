/** The commander tree as what a completion script needs: commands, their flags, and what their arguments are. Pure. */
import type { Command, Option } from 'commander';

export interface FlagSpec {
  readonly short: string | null;
  readonly long: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  /** What its value is, where the shell or msvc can tell. */
  readonly value: 'file' | 'folder' | 'service' | 'other';
  readonly description: string;
}

export interface CommandSpec {
  /** `up`, or `db shell`. */
  readonly path: string;
  readonly summary: string;
  readonly flags: readonly FlagSpec[];
  /** What its arguments are. */
  readonly words: 'services' | 'shells' | 'none';
}

export function commandSpecs(program: Command): CommandSpec[] {
  return program.commands.flatMap((command) => {
    const own = specOf(command, command.name());
    return isHidden(command)
      ? []
      : [own, ...command.commands.map((sub) => specOf(sub, `${command.name()} ${sub.name()}`))];
  });
}

export function isHidden(command: Command): boolean {
  return command.parent?.createHelp().visibleCommands(command.parent).includes(command) === false;
}

function specOf(command: Command, path: string): CommandSpec {
  const first = command.registeredArguments[0]?.name() ?? '';
  return {
    path,
    summary: command.summary() || command.description(),
    flags: flagsOf(command),
    words: first.startsWith('service') ? 'services' : first === 'shell' ? 'shells' : 'none',
  };
}

export function flagsOf(command: Command): FlagSpec[] {
  return command.options.map(flagOf);
}

function flagOf(option: Option): FlagSpec {
  const name = /<([^>]+)>/.exec(option.flags)?.[1] ?? '';
  const isFolder = option.long === '--project-directory' || option.long === '--workdir';
  return {
    short: option.short ?? null,
    long: option.long ?? option.flags,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
    value: isFolder ? 'folder' : name === 'path' ? 'file' : name.startsWith('service') ? 'service' : 'other',
    description: option.description,
  };
}
