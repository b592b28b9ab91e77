# usage: zsh -f zsh-ask.zsh 'line to be completed', with SCRIPT (the completions) and OFFERED (where the words go) set
zmodload zsh/zpty
zpty asked zsh -f -i
zpty -w asked "source ${0:h}/zsh-asked.zsh"
local said
while zpty -r asked said; do [[ $said == *READY* ]] && break; done
zpty -w -n asked "$1"$'\t\x18'
while zpty -r asked said; do :; done
