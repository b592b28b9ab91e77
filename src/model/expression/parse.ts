/**
 * Reads a regular expression as RE2 does (https://github.com/google/re2/wiki/Syntax), the dialect that gateways of
 * the Gateway API use: no lookaround and no back references, so that matching takes linear time. Pure.
 */

/** Inclusive ranges of UTF-16 units, sorted, apart. */
export type Ranges = readonly (readonly [from: number, to: number])[];

export type Part =
  | { readonly kind: 'unit'; readonly ranges: Ranges }
  | { readonly kind: 'sequence'; readonly parts: readonly Part[] }
  | { readonly kind: 'choice'; readonly parts: readonly Part[] }
  /** `most` absent = any number. */
  | { readonly kind: 'repeat'; readonly part: Part; readonly least: number; readonly most?: number }
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' };

export class ExpressionError extends Error {}

/** As in RE2. */
const MOST_REPEATS = 1000;
const LAST = 0xffff;
const DIGITS: Ranges = [[48, 57]];
const WORD: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: Ranges = [
  [9, 10],
  [12, 13],
  [32, 32],
];
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7 };
const CLASSES: Readonly<Record<string, Ranges>> = {
  d: DIGITS,
  w: WORD,
  s: SPACE,
  D: inverse(DIGITS),
  W: inverse(WORD),
  S: inverse(SPACE),
};

/** @throws ExpressionError with a sentence that says what is wrong */
export function parseExpression(source: string): Part {
  return new Parser(source).parse();
}

class Parser {
  readonly #source: string;
  #at = 0;
  #ignoreCase = false;
  #dotAll = false;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Part {
    const flags = /^\(\?([is]+)\)/.exec(this.#source);
    if (flags) {
      this.#ignoreCase = flags[1]!.includes('i');
      this.#dotAll = flags[1]!.includes('s');
      this.#at = flags[0].length;
    }
    const part = this.#choice();
    if (this.#at < this.#source.length) throw new ExpressionError('a `)` without its `(`');
    return part;
  }

  #choice(): Part {
    // Deep nesting would overflow the stack of whoever compiles it.
    if (++this.#depth > 200) throw new ExpressionError('groups are nested too deeply');
    const parts = [this.#sequence()];
    while (this.#source[this.#at] === '|') {
      this.#at++;
      parts.push(this.#sequence());
    }
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  #sequence(): Part {
    const parts: Part[] = [];
    for (;;) {
      const char = this.#source[this.#at];
      if (char === undefined || char === '|' || char === ')') break;
      parts.push(this.#repeated());
    }
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
  }

  #repeated(): Part {
    const start = this.#at;
    let part = this.#atom();
    const count = this.#count();
    if (count) {
      part = { kind: 'repeat', part, ...count };
      // A lazy repetition matches the same whole values.
      if (this.#source[this.#at] === '?') this.#at++;
      if (this.#count()) throw new ExpressionError(`two repetitions in \`${this.#source.slice(start, this.#at)}\``);
    }
    return part;
  }

  #count(): { least: number; most?: number } | null {
    const char = this.#source[this.#at];
    if (char === '*' || char === '+' || char === '?') {
      this.#at++;
      if (char === '?') return { least: 0, most: 1 };
      return { least: char === '+' ? 1 : 0 };
    }
    const braces = /^\{(\d+)(,(\d*))?\}/.exec(this.#source.slice(this.#at, this.#at + 16));
    if (!braces) return null;
    this.#at += braces[0].length;
    const least = Number(braces[1]);
    const most = braces[2] === undefined ? least : braces[3] === '' ? undefined : Number(braces[3]);
    if (Math.max(least, most ?? 0) > MOST_REPEATS)
      throw new ExpressionError(`a repetition of more than ${MOST_REPEATS}`);
    if (most !== undefined && most < least) throw new ExpressionError(`\`${braces[0]}\` ends before it begins`);
    return most === undefined ? { least } : { least, most };
  }

  #atom(): Part {
    const char = this.#source[this.#at++]!;
    switch (char) {
      case '(':
        return this.#group();
      case '[':
        return this.#unit(this.#bracket());
      case '.':
        return { kind: 'unit', ranges: this.#dotAll ? [[0, LAST]] : inverse([[10, 10]]) };
      case '^':
        return { kind: 'begin' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return this.#unit(this.#escape());
      case '*':
      case '+':
      case '?':
        throw new ExpressionError('nothing stands before a repetition');
      default:
        return this.#unit([[char.charCodeAt(0), char.charCodeAt(0)]]);
    }
  }

  #group(): Part {
    const rest = this.#source.slice(this.#at);
    const opening = /^\?(?::|P?<[A-Za-z_]\w*>)/.exec(rest);
    if (/^\?(?:[=!]|<[=!])/.test(rest)) throw new ExpressionError('lookaround is not supported');
    if (rest.startsWith('?') && !opening)
      throw new ExpressionError('flags are supported at the beginning only: `(?i)`');
    this.#at += opening?.[0].length ?? 0;
    const part = this.#choice();
    if (this.#source[this.#at] !== ')') throw new ExpressionError('a `(` without its `)`');
    this.#at++;
    return part;
  }

  #escape(): Ranges {
    const char = this.#source[this.#at++];
    if (char === undefined) throw new ExpressionError('it ends with a `\\`');
    if (char in CLASSES) return CLASSES[char]!;
    const hex =
      char === 'x' ? /^(?:\{([0-9A-Fa-f]{1,4})\}|([0-9A-Fa-f]{2}))/ : char === 'u' ? /^([0-9A-Fa-f]{4})/ : null;
    if (hex) {
      const digits = hex.exec(this.#source.slice(this.#at));
      if (!digits) throw new ExpressionError(`\`\\${char}\` needs hexadecimal digits`);
      this.#at += digits[0].length;
      const code = Number.parseInt(digits[1] ?? digits[2]!, 16);
      return [[code, code]];
    }
    const control = CONTROLS[char];
    if (control !== undefined) return [[control, control]];
    if (/[1-9]/.test(char)) throw new ExpressionError('back references are not supported');
    if (/[A-Za-z0-9]/.test(char)) throw new ExpressionError(`\`\\${char}\` is not supported`);
    return [[char.charCodeAt(0), char.charCodeAt(0)]];
  }

  #bracket(): Ranges {
    const negated = this.#source[this.#at] === '^';
    if (negated) this.#at++;
    const found: [number, number][] = [];
    for (let first = true; ; first = false) {
      const char = this.#source[this.#at];
      if (char === undefined) throw new ExpressionError('a `[` without its `]`');
      if (char === ']' && !first) break;
      const low = this.#bracketUnit();
      const isRange = this.#source[this.#at] === '-' && ![undefined, ']'].includes(this.#source[this.#at + 1]);
      if (!isRange) {
        found.push(...low.map(([a, b]): [number, number] => [a, b]));
        continue;
      }
      this.#at++;
      const high = this.#bracketUnit();
      const [from, to] = [low[0]![0], high.at(-1)![1]];
      if (low.length > 1 || high.length > 1 || low[0]![1] !== from || to < from) {
        throw new ExpressionError('a range in brackets ends before it begins');
      }
      found.push([from, to]);
    }
    this.#at++;
    const ranges = this.#folded(merged(found));
    return negated ? inverse(ranges) : ranges;
  }

  #bracketUnit(): Ranges {
    const char = this.#source[this.#at++]!;
    if (char === '\\') return this.#escape();
    if (char === '[' && this.#source[this.#at] === ':') throw new ExpressionError('`[:name:]` is not supported');
    return [[char.charCodeAt(0), char.charCodeAt(0)]];
  }

  #unit(ranges: Ranges): Part {
    return { kind: 'unit', ranges: this.#folded(ranges) };
  }

  /** Both cases of ASCII letters. */
  #folded(ranges: Ranges): Ranges {
    if (!this.#ignoreCase) return ranges;
    const more: [number, number][] = [];
    for (const [from, to] of ranges) {
      more.push([from, to]);
      for (const [low, high, shift] of [
        [65, 90, 32],
        [97, 122, -32],
      ] as const) {
        if (to >= low && from <= high) more.push([Math.max(from, low) + shift, Math.min(to, high) + shift]);
      }
    }
    return merged(more);
  }
}

export function merged(ranges: readonly (readonly [number, number])[]): Ranges {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const out: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = out.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
}

function inverse(ranges: Ranges): Ranges {
  const out: [number, number][] = [];
  let next = 0;
  for (const [from, to] of ranges) {
    if (from > next) out.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= LAST) out.push([next, LAST]);
  return out;
}
