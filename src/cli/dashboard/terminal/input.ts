/**
 * What a terminal sends when keys are pressed, the mouse is used or text is pasted, as data. Owns the bytes of a
 * sequence that is not complete yet; knows nothing of what keys mean.
 *
 * Sequences: xterm's control sequences (ctlseqs), SGR mouse reports (mode 1006), bracketed paste (mode 2004).
 */
import { StringDecoder } from 'node:string_decoder';

export type Input =
  /** A character as it is, or a name: `up`, `page-down`, `enter`, `escape`, `ctrl-c`, `alt-x`, `shift-tab`. */
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'paste'; readonly text: string }
  /** Lines, negative = up; 1-based cell of the pointer. */
  | { readonly type: 'wheel'; readonly by: number; readonly x: number; readonly y: number }
  | { readonly type: 'click'; readonly x: number; readonly y: number };

/** Also what a terminal says by itself: that it has come to the question of `pace.ts`. */
export type Heard = Input | { readonly type: 'answer' };

const FINAL: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'shift-tab',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
};
const TILDE: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'page-up',
  6: 'page-down',
  7: 'home',
  8: 'end',
};
const CONTROL: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\0': 'ctrl-space',
};

const PASTE_BEGIN = '\x1b[200~';
const PASTE_END = '\x1b[201~';
const WHEEL_LINES = 3;
/** More than any sequence: what is longer is not one. */
const MAX_SEQUENCE = 64;
const CSI = /^\x1b\[([<?]?)([0-9;]*)([A-Za-z~])/;
const SS3 = /^\x1bO([A-Za-z])/;
const INCOMPLETE = /^\x1b(?:$|O$|\[[<?]?[0-9;]*$)/;

export class InputDecoder {
  readonly #utf8 = new StringDecoder('utf8');
  #held = '';

  /** A lone ESC, or the beginning of a sequence, waits for what follows: `flush` when nothing does. */
  get isHolding(): boolean {
    return this.#held !== '';
  }

  push(chunk: Buffer): Heard[] {
    this.#held += this.#utf8.write(chunk);
    return this.#take(false);
  }

  /** Nothing followed: what is held is the Escape key. */
  flush(): Heard[] {
    return this.#take(true);
  }

  #take(isFinal: boolean): Heard[] {
    const inputs: Heard[] = [];
    let text = this.#held;
    while (text !== '') {
      if (text.startsWith(PASTE_BEGIN)) {
        const end = text.indexOf(PASTE_END);
        if (end < 0) break;
        inputs.push({ type: 'paste', text: text.slice(PASTE_BEGIN.length, end) });
        text = text.slice(end + PASTE_END.length);
        continue;
      }
      if (!isFinal && text.length < MAX_SEQUENCE && INCOMPLETE.test(text)) break;
      const { input, length } = first(text);
      if (input) inputs.push(input);
      text = text.slice(length);
    }
    this.#held = text;
    return inputs;
  }
}

function first(text: string): { readonly input: Heard | null; readonly length: number } {
  if (text[0] !== '\x1b') {
    const character = String.fromCodePoint(text.codePointAt(0)!);
    return { input: { type: 'key', key: keyOf(character) }, length: character.length };
  }
  const csi = CSI.exec(text);
  if (csi) {
    const [sequence, lead = '', parameters = '', final = ''] = csi;
    const length = sequence.length;
    if (final === 'n') return { input: { type: 'answer' }, length };
    return { input: lead === '<' ? mouse(parameters, final) : special(parameters, final), length };
  }
  const ss3 = SS3.exec(text);
  if (ss3) return { input: named(FINAL[ss3[1]!] ?? null), length: ss3[0].length };
  if (text.length > 1 && text[1] !== '\x1b') {
    const character = String.fromCodePoint(text.codePointAt(1)!);
    return { input: { type: 'key', key: `alt-${keyOf(character)}` }, length: 1 + character.length };
  }
  return { input: { type: 'key', key: 'escape' }, length: 1 };
}

function keyOf(character: string): string {
  const known = CONTROL[character];
  if (known !== undefined) return known;
  const code = character.charCodeAt(0);
  return code < 32 ? `ctrl-${String.fromCharCode(code + 96)}` : character;
}

function named(key: string | null): Input | null {
  return key === null ? null : { type: 'key', key };
}

/** `1;5A`: the second number is 1 + shift 1, alt 2, control 4. */
function special(parameters: string, final: string): Input | null {
  const [number = '', modifier = '1'] = parameters.split(';');
  const name = final === '~' ? TILDE[number] : FINAL[final];
  if (name === undefined) return null;
  const bits = Number(modifier || '1') - 1;
  const prefix = `${bits & 4 ? 'ctrl-' : ''}${bits & 2 ? 'alt-' : ''}${bits & 1 ? 'shift-' : ''}`;
  return { type: 'key', key: prefix + name };
}

/** `<button;x;y` and `M` for pressed: 0 is the left button, 64 and 65 the wheel. */
function mouse(parameters: string, final: string): Input | null {
  const [button = -1, x = 1, y = 1] = parameters.split(';').map(Number);
  if (final !== 'M') return null;
  if (button === 64 || button === 65) return { type: 'wheel', by: button === 64 ? -WHEEL_LINES : WHEEL_LINES, x, y };
  return button === 0 ? { type: 'click', x, y } : null;
}
