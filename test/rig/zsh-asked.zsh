# Sourced by the interactive shell that zsh-ask.zsh asks: Tab writes down what would be offered, Ctrl-X ends it.
PROMPT=
autoload -Uz compinit
compinit -u -d $SCRIPT.dump
source $SCRIPT
compadd() {
  # Calls that fill arrays offer nothing.
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits >> $OFFERED
  builtin compadd "$@"
}
zle -C offer list-choices _main_complete
bindkey '^I' offer
finish() { exit }
zle -N finish
bindkey '^X' finish
print READY
