/** The completion script for bash (3.2 and newer). Pure. */
import type { CommandSpec, FlagSpec } from './spec.ts';

const words = (flags: readonly FlagSpec[]): string =>
  flags.flatMap((flag) => [flag.long, ...(flag.short === null ? [] : [flag.short])]).join(' ');

const names = (flags: readonly FlagSpec[]): string =>
  [...new Set(flags.flatMap((flag) => [flag.long, ...(flag.short === null ? [] : [flag.short])]))].join('|');

export function bashScript(commands: readonly CommandSpec[], globals: readonly FlagSpec[]): string {
  const top = commands.filter((command) => !command.path.includes(' '));
  const groups = top.filter((command) => commands.some((other) => other.path.startsWith(`${command.path} `)));
  const cases = commands.map((command) => {
    const values = command.flags.filter((flag) => flag.takesValue);
    return `    '${command.path}')
      flags='${words(command.flags)}'
      valued='${names(values)}'
      files='${names(values.filter((flag) => flag.value === 'file' || flag.value === 'folder'))}'
      services='${names(values.filter((flag) => flag.value === 'service'))}'
      kind='${kindOf(command, commands)}' ;;`;
  });
  const choices = choiceCases(commands);
  const valued = globals.filter((flag) => flag.takesValue);
  return `# msvc completion for bash. Load it with: eval "$(msvc completion bash)"
_msvc_in() {
  local item
  local IFS='|'
  for item in $2; do [ "$item" = "$1" ] && return 0; done
  return 1
}

_msvc() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local i word command='' flags='' valued='' files='' services='' kind='commands' skip=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [ -n "$skip" ]; then skip=''; continue; fi
    case "$word" in
      -*) if [ -z "$command" ] && _msvc_in "$word" '${names(valued)}'; then skip=1; fi ;;
      *)
        if [ -z "$command" ]; then command="$word"
        elif _msvc_in "$command" '${groups.map((group) => group.path).join('|')}'; then command="$command $word"
        else break; fi ;;
    esac
  done
  case "$command" in
    '') flags='${words(globals)}'; valued='${names(valued)}'; files='${names(valued.filter((f) => f.value !== 'other'))}' ;;
${cases.join('\n')}
    *) return ;;
  esac
  COMPREPLY=()
  case "$command $prev" in
${choices.join('\n')}
  esac
  if _msvc_in "$prev" "$files"; then COMPREPLY=($(compgen -f -- "$cur")); return; fi
  if _msvc_in "$prev" "$services"; then COMPREPLY=($(compgen -W "$(msvc complete services 2>/dev/null)" -- "$cur")); return; fi
  if _msvc_in "$prev" "$valued"; then return; fi
  case "$cur" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$cur")); return ;;
  esac
  case "$kind" in
    commands) COMPREPLY=($(compgen -W '${top.map((c) => c.path).join(' ')} help' -- "$cur")) ;;
    services) COMPREPLY=($(compgen -W "$(msvc complete services 2>/dev/null)" -- "$cur")) ;;
    shells) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$cur")) ;;
    'words '*) COMPREPLY=($(compgen -W "\${kind#words }" -- "$cur")) ;;
  esac
}
complete -F _msvc msvc
`;
}

/** A flag of one name may take different words with different commands. */
function choiceCases(commands: readonly CommandSpec[]): string[] {
  const patterns = new Map<string, string[]>();
  for (const { path, flags } of commands) {
    for (const { long, choices } of flags) {
      const given = commands.flatMap((c) => c.flags.filter((flag) => flag.long === long));
      const everywhere = given.every((flag) => flag.choices.join(' ') === choices.join(' '));
      const pattern = everywhere ? `*' ${long}'` : `'${path} ${long}'`;
      const words = choices.join(' ');
      if (words !== '') patterns.set(words, [...new Set([...(patterns.get(words) ?? []), pattern])]);
    }
  }
  return [...patterns].map(
    ([words, where]) => `    ${where.join('|')}) COMPREPLY=($(compgen -W '${words}' -- "$cur")); return ;;`,
  );
}

function kindOf(command: CommandSpec, all: readonly CommandSpec[]): string {
  const subs = all.filter((other) => other.path.startsWith(`${command.path} `));
  if (subs.length > 0) return `words ${subs.map((sub) => sub.path.slice(command.path.length + 1)).join(' ')}`;
  return command.words;
}
