/** Words of a flag that are some of a fixed set: a misspelt one would find nothing, and look like an answer. Pure. */
import { MsvcError } from '../../model/error.ts';
import { suggest } from '../../model/suggest.ts';

/**
 * @param what one of them is, with its article: `a state`
 * @param listed where they all stand
 * @throws MsvcError MSVC_USAGE with the nearest one
 */
export function assertKnown(
  flag: string,
  words: readonly string[],
  { what, known, listed }: { readonly what: string; readonly known: readonly string[]; readonly listed: string },
): void {
  for (const word of words) {
    if (known.includes(word)) continue;
    const near = suggest(word, known);
    throw new MsvcError('MSVC_USAGE', `${flag} takes ${what}, and "${word}" is none`, {
      hint: near === undefined ? listed : `did you mean \`${near}\`?`,
    });
  }
}
