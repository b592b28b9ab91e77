/**
 * Keeps the values of secrets out of texts: the one way for everything that msvc shows, records or writes. Pure.
 *
 * A value is found as it is, quoted for JSON, encoded for a URL and in base64. One of several lines is found line by line
 * too, since whoever prints it does so in lines. What is no text is found in base64 and in hex only.
 */
import type { SecretValue } from './project.ts';
import { secretBytes } from './secret.ts';

const MASK = '***';

/** Where whoever shows a text has cut it. */
const CUT = '…';

/** Shorter values would blank out half of any text; they are masked only where they are the whole of it. */
const SHORTEST_PART = 3;

/** Of a value of several lines: shorter ones (`{`, `port: 80`) are not secret by themselves, and stand in many a text. */
const SHORTEST_LINE = 8;

/** `-----BEGIN PRIVATE KEY-----`, or a key under which the next lines stand (`"database": {`): the same in every such file. */
const FRAME = /^(-----.*-----|["']?[\w. -]+["']?:\s*[[{|>]?)$/;

/** Characters, not bytes: fewer stand in other base64 by chance. */
const SHORTEST_ENCODED = 8;

export class Mask {
  /** Texts that are masked as a whole. */
  readonly #wholes: ReadonlySet<string>;
  /** Longest first. */
  readonly #parts: readonly string[];
  readonly #longest: number;
  /** How all of them stand in a JSON text. */
  readonly #inJson: readonly string[];

  constructor(secrets: Iterable<SecretValue>) {
    const all = [...secrets];
    const texts = all.filter(({ encoding }) => encoding === undefined).map(({ value }) => value);
    const values = [...new Set(texts.map((value) => value.trim()).filter((value) => value !== ''))];
    const lines = values.flatMap(linesOf);
    const parts = new Set([
      ...values.filter((value) => value.length >= SHORTEST_PART).flatMap((value) => [value, ...encodedForUrl(value)]),
      ...lines.filter((line) => line.length >= SHORTEST_LINE),
      ...all.map(secretBytes).flatMap(inBase64),
      ...values.flatMap((value) => inBase64(Buffer.from(value))),
      ...all.flatMap((secret) => (secret.encoding === undefined ? [] : inHex(secretBytes(secret)))),
    ]);
    const longest = [...parts].sort((a, b) => b.length - a.length);
    this.#wholes = new Set([...values, ...lines]);
    this.#parts = [...new Set(longest.flatMap((part) => [part, quoted(part)]))];
    this.#longest = Math.max(0, ...this.#parts.map((part) => part.length));
    this.#inJson = [...new Set([...this.#wholes, ...this.#parts].map(quoted))];
  }

  /** @param json of a value. @returns false when nothing in it is to be masked; true may be said of a short one in vain */
  finds(json: string): boolean {
    return this.#inJson.some((part) => json.includes(part)) || (this.#longest > 0 && json.includes(CUT));
  }

  /** @returns the text with every secret replaced by `***` */
  mask(text: string): string {
    if (this.#wholes.has(text.trim())) return MASK;
    const masked = this.#parts.reduce((left, part) => left.replaceAll(part, MASK), text);
    return masked.endsWith(CUT) ? this.#withoutBeginning(masked) : masked;
  }

  /** Of a text that was cut before it came here. */
  #withoutBeginning(text: string): string {
    const end = text.length - CUT.length;
    for (let from = Math.max(0, end - this.#longest); from <= end - SHORTEST_PART; from++) {
      const last = text.slice(from, end);
      if (this.#parts.some((part) => part.startsWith(last))) return `${text.slice(0, from)}${MASK}${CUT}`;
    }
    return text;
  }
}

/** Those of a value of several that could be secret by themselves. Short words are left out: `error`, `true`. */
function linesOf(value: string): string[] {
  const lines = value.split(/\r\n|\r|\n/).map((line) => line.trim());
  if (lines.length < 2) return [];
  return lines.filter(
    (line) =>
      line.length >= SHORTEST_PART &&
      !FRAME.test(line) &&
      (line.length >= SHORTEST_LINE || !/^[\p{L},;]+$/u.test(line)),
  );
}

function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/**
 * By the encoders that there are: JavaScript's, RFC 3986 to the letter (section 2.3), of a form (`+` for a blank), with
 * slashes left (Python's), of user information (URL standard); and with small hex digits.
 */
function encodedForUrl(value: string): string[] {
  const component = encodeURIComponent(value);
  const url = new URL('http://h');
  url.password = value;
  const forms = [
    component,
    component.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`),
    component.replaceAll('%2F', '/'),
    new URLSearchParams([['', value]]).toString().slice(1),
    url.password,
  ];
  return forms.flatMap((form) => [form, form.replace(/%../g, (byte) => byte.toLowerCase())]);
}

/**
 * Alone, and in the midst of other bytes (`user:password`), whose number decides how it is cut into characters. Those at
 * its edges are made of its neighbours too and are left.
 */
function inBase64(bytes: Buffer): string[] {
  const inside = [0, 1, 2].flatMap((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = before === 0 ? 0 : before + 1;
    const to = Math.floor((shifted.length * 8) / 6);
    return [shifted.toString('base64').slice(from, to), shifted.toString('base64url').slice(from, to)];
  });
  const alone = [bytes.toString('base64'), bytes.toString('base64url')];
  return [...alone, ...inside].filter((form) => form.length >= SHORTEST_ENCODED);
}

function inHex(bytes: Buffer): string[] {
  const hex = bytes.toString('hex');
  return hex.length < SHORTEST_ENCODED ? [] : [hex, hex.toUpperCase()];
}
