/**
 * Terminal escapes in what services print. Colours are wanted on a terminal; everything else in there (cursor moves,
 * titles, clipboard writes, backspaces) would let one service's output overwrite the screen of another. Pure functions.
 */

/** SGR, `ESC [ 1;31 m`: colours and weight, the one kind that is harmless. */
const COLOUR = /^\x1b\[[0-9;:]*m$/;

/**
 * ECMA-48: control sequences (CSI), strings (OSC, DCS, SOS, PM, APC) up to BEL or ST or the end of the line, and two or
 * three byte escapes; each with its 8-bit form.
 */
const ESCAPE =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-Z\\`-~]?/g;
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
const ANY = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
const RESET = '\x1b[0m';

/** Without any escape sequence; other characters as they are. */
export function stripAnsi(text: string): string {
  return ANY.test(text) ? text.replace(ESCAPE, '') : text;
}

/**
 * Colours kept (and ended with the text), other escape sequences dropped, remaining control characters except tab and
 * newline shown as their pictures (`␀`, `␍`).
 */
export function safeAnsi(text: string): string {
  if (!ANY.test(text)) return text;
  let colour = '';
  const parts: string[] = [];
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    parts.push(pictured(text.slice(at, match.index)));
    at = match.index + match[0].length;
    if (!COLOUR.test(match[0])) continue;
    colour = match[0];
    parts.push(colour);
  }
  parts.push(pictured(text.slice(at)));
  if (colour !== '' && colour !== RESET && colour !== '\x1b[m') parts.push(RESET);
  return parts.join('');
}

function pictured(text: string): string {
  return text.replace(CONTROL, (control) => {
    const code = control.charCodeAt(0);
    if (code === 0x7f) return '\u2421';
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
  });
}
