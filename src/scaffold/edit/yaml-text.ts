/** Lines and offsets of a YAML text: what both kinds of insertion stand on. Pure. */

/** Offset behind the line that holds `offset`, its line end included; the text's end where it has none. */
export function lineEndAfter(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at === -1 ? text.length : at + 1;
}

function lineStartBefore(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Spaces before what stands at `offset`, or -1 when there is more than spaces before it. */
export function indentAt(text: string, offset: number): number {
  const before = text.slice(lineStartBefore(text, offset), offset);
  return /^ *$/.test(before) ? before.length : -1;
}

/**
 * From the line end at `offset` past the comment lines that are indented by at least `indent`, with the blank lines
 * between them: somebody has commented out an entry there, and it stays with the entries before it.
 */
export function pastComments(text: string, offset: number, indent: number): number {
  let end = offset;
  for (let at = offset; at < text.length; ) {
    const next = lineEndAfter(text, at);
    const [, spaces = '', mark = ''] = /^([ \t]*)(\S?)/.exec(text.slice(at, next)) ?? [];
    if (mark === '#' && spaces.length >= indent) end = next;
    else if (mark !== '') break;
    at = next;
  }
  return end;
}

/** Each line that holds something behind `spaces` spaces. */
export function indented(block: string, spaces: number): string {
  return block.replace(/^(?=[^\n])/gm, ' '.repeat(spaces));
}

/** Indentation in steps of two -> in steps of `step`. */
export function restepped(block: string, step: number): string {
  return block.replace(/^ +/gm, (spaces) => ' '.repeat(Math.floor(spaces.length / 2) * step + (spaces.length % 2)));
}

export function spliced(text: string, from: number, to: number, insert: string): string {
  return text.slice(0, from) + insert + text.slice(to);
}
