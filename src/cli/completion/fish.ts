/** The completion script for fish. Pure. */
import type { CommandSpec, FlagSpec } from './spec.ts';

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

export function fishScript(commands: readonly CommandSpec[], globals: readonly FlagSpec[]): string {
  const top = commands.filter((command) => !command.path.includes(' '));
  const names = top.map((command) => command.path).join(' ');
  return `# msvc completion for fish. Load it with: msvc completion fish | source
function __msvc_services
  msvc complete services 2>/dev/null
end
complete -c msvc -f
${globals.map((flag) => flagLine(flag, `not __fish_seen_subcommand_from ${names}`)).join('\n')}
${top.map((c) => `complete -c msvc -n ${quoted(`not __fish_seen_subcommand_from ${names}`)} -a ${quoted(c.path)} -d ${quoted(c.summary)}`).join('\n')}
${commands.flatMap((command) => linesOf(command, commands)).join('\n')}
`;
}

function linesOf(command: CommandSpec, all: readonly CommandSpec[]): string[] {
  const [name, action] = command.path.split(' ') as [string, string | undefined];
  const seen = `__fish_seen_subcommand_from ${name}`;
  const subs = all.filter((other) => other.path.startsWith(`${name} `)).map((sub) => sub.path.split(' ')[1] as string);
  if (action === undefined && subs.length > 0) {
    const none = `${seen}; and not __fish_seen_subcommand_from ${subs.join(' ')}`;
    return all
      .filter((other) => other.path.startsWith(`${name} `))
      .map(
        (sub) =>
          `complete -c msvc -n ${quoted(none)} -a ${quoted(sub.path.split(' ')[1] as string)} -d ${quoted(sub.summary)}`,
      );
  }
  const condition = action === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${action}`;
  const lines = command.flags.map((flag) => flagLine(flag, condition));
  if (command.words === 'services') lines.push(`complete -c msvc -n ${quoted(condition)} -a '(__msvc_services)'`);
  if (command.words === 'shells') lines.push(`complete -c msvc -n ${quoted(condition)} -a 'bash zsh fish'`);
  return lines;
}

function flagLine(flag: FlagSpec, condition: string): string {
  const parts = ['complete -c msvc', `-n ${quoted(condition)}`];
  if (flag.short !== null) parts.push(`-s ${flag.short.slice(1)}`);
  parts.push(`-l ${flag.long.slice(2)}`);
  if (flag.takesValue) parts.push('-r');
  if (flag.choices.length > 0) parts.push(`-a ${quoted(flag.choices.join(' '))}`);
  else if (flag.value === 'service') parts.push("-a '(__msvc_services)'");
  else if (flag.value === 'file' || flag.value === 'folder') parts.push('-F');
  parts.push(`-d ${quoted(flag.description)}`);
  return parts.join(' ');
}
