/**
 * Character classes of HTTP/1.1 as lookup tables over one byte. Heads are read as latin1, so a string's character code
 * is the byte itself. Sources: RFC 9110 5.6.2 (token), 5.5 (field-value), RFC 9112 3.2 (request-target).
 */
export const HTAB = 9;
export const LF = 10;
export const CR = 13;
export const SP = 32;
export const COLON = 58;
export const SEMICOLON = 59;

/** May stand in a token: field names, methods, chunk extension names. */
export const TOKEN = 1;
/** May stand in a field value: HTAB, SP, visible ASCII, obs-text. */
export const VALUE = 2;
/** May stand in a request-target. Wider than RFC 3986 (obs-text and `"<>^`{|}` pass, as in nginx); never CTL, SP or `#`. */
export const TARGET = 4;

/** Bits of TOKEN, VALUE and TARGET for each byte. */
export const CLASS = new Uint8Array(256);
/** Lower-cases ASCII letters and turns `_` into `-`: names that CGI-style servers cannot tell apart compare equal. */
export const FOLD = new Uint8Array(256);
/** Value of a hexadecimal digit, -1 for anything else. */
export const HEX_VALUE = new Int8Array(256).fill(-1);

for (let byte = 0; byte < 256; byte++) {
  const char = String.fromCharCode(byte);
  const visible = byte > SP && byte !== 127;
  let bits = 0;
  if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char)) bits |= TOKEN;
  if (visible || byte === SP || byte === HTAB) bits |= VALUE;
  if (visible && char !== '#') bits |= TARGET;
  CLASS[byte] = bits;
  FOLD[byte] = char === '_' ? 45 : byte < 128 ? char.toLowerCase().charCodeAt(0) : byte;
  if (/[0-9a-fA-F]/.test(char)) HEX_VALUE[byte] = Number.parseInt(char, 16);
}

/** Whether every character of `text` is of a class. False for the empty string. */
export function isAll(text: string, bit: number): boolean {
  for (let i = 0; i < text.length; i++) if ((CLASS[text.charCodeAt(i)]! & bit) === 0) return false;
  return text !== '';
}

/** `text` without spaces and tabs at its ends. */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isOws(code: number): boolean {
  return code === SP || code === HTAB;
}

/** Whether a line feed at or after `from` stands without its carriage return. */
export function hasBareLineFeed(text: string, from: number): boolean {
  for (let i = text.indexOf('\n', from); i !== -1; i = text.indexOf('\n', i + 1)) {
    if (text.charCodeAt(i - 1) !== CR) return true;
  }
  return false;
}
