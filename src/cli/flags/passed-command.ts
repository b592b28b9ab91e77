/**
 * The command that `exec` and `run` hand on, with its own flags. A `--` in front of it, which people write from habit
 * (`kubectl exec POD -- CMD`), ends our flags and is no part of it.
 */
export function passedCommand(words: readonly string[]): readonly string[] {
  return words[0] === '--' ? words.slice(1) : words;
}
