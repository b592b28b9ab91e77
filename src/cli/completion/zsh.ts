/** The completion script for zsh. Pure. */
import type { CommandSpec, FlagSpec } from './spec.ts';

/** In single quotes within an _arguments spec: brackets and colons end a description. */
const quoted = (text: string): string =>
  text
    .replace(/[[\]\\]/g, '\\$&')
    .replaceAll(':', '\\:')
    .replaceAll("'", "'\\''");

export function zshScript(commands: readonly CommandSpec[], globals: readonly FlagSpec[]): string {
  const top = commands.filter((command) => !command.path.includes(' '));
  return `#compdef msvc
# msvc completion for zsh. Load it with: eval "$(msvc completion zsh)"
_msvc_services() {
  local -a services
  services=(\${(f)"$(msvc complete services 2>/dev/null)"})
  compadd -a services
}

_msvc() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C -s -A '-*' ${globals.map((flag) => flagSpec(flag)).join(' ')} \\
    '1: :->command' '*:: :->arguments'
  case $state in
    command)
      local -a commands
      commands=(
${top.map((c) => `        '${quoted(c.path)}:${c.summary.replaceAll("'", "'\\''")}'`).join('\n')}
      )
      _describe 'command' commands ;;
    arguments)
      case $words[1] in
${top.map((command) => caseOf(command, commands)).join('\n')}
      esac ;;
  esac
}
if [ "$funcstack[1]" = _msvc ]; then _msvc "$@"; else compdef _msvc msvc; fi
`;
}

function caseOf(command: CommandSpec, all: readonly CommandSpec[]): string {
  const subs = all.filter((other) => other.path.startsWith(`${command.path} `));
  if (subs.length === 0) return `        ${command.path}) ${argumentsOf(command)} ;;`;
  const nested = subs.map(
    (sub) => `            ${sub.path.split(' ')[1]}) shift words; (( CURRENT-- )); ${argumentsOf(sub)} ;;`,
  );
  return `        ${command.path})
          if (( CURRENT == 2 )); then
            local -a actions
            actions=(${subs.map((sub) => `'${sub.path.split(' ')[1]}:${sub.summary.replaceAll("'", "'\\''")}'`).join(' ')})
            _describe 'action' actions
          else case $words[2] in
${nested.join('\n')}
          esac; fi ;;`;
}

function argumentsOf(command: CommandSpec): string {
  const rest =
    command.words === 'services'
      ? ["'*: :_msvc_services'"]
      : command.words === 'shells'
        ? ["'1: :(bash zsh fish)'"]
        : [];
  const specs = [...command.flags.map(flagSpec), ...rest];
  return `_arguments -s ${specs.join(' ')}`;
}

function flagSpec(flag: FlagSpec): string {
  const value = flag.takesValue ? `: :${actionOf(flag)}` : '';
  const text = `[${quoted(flag.description)}]${value}`;
  if (flag.short === null) return `'*${flag.long}${text}'`;
  return `{'*${flag.short}','*${flag.long}'}'${text}'`;
}

function actionOf(flag: FlagSpec): string {
  if (flag.choices.length > 0) return `(${flag.choices.join(' ')})`;
  if (flag.value === 'file') return '_files';
  if (flag.value === 'folder') return '_files -/';
  return flag.value === 'service' ? '_msvc_services' : ' ';
}
