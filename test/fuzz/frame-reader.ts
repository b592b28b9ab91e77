/** Reads the frames that a gateway sends to a client and holds each to RFC 9113. Never looks into header blocks. */
import { ACK, END_STREAM, frame, TYPES } from './frames.ts';

const KNOWN = new Set<number>([
  TYPES.data,
  TYPES.headers,
  TYPES.reset,
  TYPES.settings,
  TYPES.ping,
  TYPES.goaway,
  TYPES.window,
  TYPES.more,
]);
/** Unless a client allows more, which none here does. */
const MAX_FRAME = 16_384;

export interface Answered {
  body: string;
  /** `end`: whole. `reset`: broken off by the gateway. */
  over: 'end' | 'reset' | null;
}

export class FrameReader {
  readonly faults: string[] = [];
  readonly answers = new Map<number, Answered>();
  readonly pongs: string[] = [];
  /** The gateway takes no new streams. */
  isGoingAway = false;
  readonly #send: (frame: string) => void;
  #text = '';

  /** @param send takes what a client owes: an answer to each PING and SETTINGS, and room for as much as it has read */
  constructor(send: (frame: string) => void) {
    this.#send = send;
  }

  feed(text: string): void {
    this.#text += text;
    // To a preface that is none.
    if (this.#text.startsWith('HTTP/1.1 ')) return;
    while (this.#text.length >= 9) {
      const byte = (at: number): number => this.#text.charCodeAt(at);
      const length = (byte(0) << 16) | (byte(1) << 8) | byte(2);
      if (this.#text.length < 9 + length) return;
      const stream = ((byte(5) & 0x7f) << 24) | (byte(6) << 16) | (byte(7) << 8) | byte(8);
      this.#frame(byte(3), byte(4), stream, this.#text.slice(9, 9 + length));
      this.#text = this.#text.slice(9 + length);
    }
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#text !== '' && !this.#text.startsWith('HTTP/1.1 '))
      this.faults.push(`${this.#text.length} bytes of a frame that was cut`);
  }

  #frame(type: number, flags: number, stream: number, payload: string): void {
    if (!KNOWN.has(type)) this.faults.push(`a frame of type ${type} from a server`);
    if (payload.length > MAX_FRAME) this.faults.push(`a frame of ${payload.length} bytes`);
    if (type === TYPES.ping) {
      if ((flags & ACK) !== 0) this.pongs.push(payload);
      else this.#send(frame(TYPES.ping, ACK, 0, payload));
    }
    if (type === TYPES.settings && (flags & ACK) === 0) this.#send(frame(TYPES.settings, ACK, 0, ''));
    if (type === TYPES.goaway) this.isGoingAway = true;
    if (![TYPES.data, TYPES.headers, TYPES.reset, TYPES.more].some((one) => one === type)) return;
    if (stream % 2 === 0) this.faults.push(`a frame of type ${type} on stream ${stream}`);
    const found = this.answers.get(stream);
    if (found?.over === 'reset' || (found?.over === 'end' && type !== TYPES.reset)) {
      this.faults.push(`a frame of type ${type} after the end of stream ${stream}`);
    }
    if (type === TYPES.data && found === undefined) this.faults.push('DATA before HEADERS');
    const answer = found ?? { body: '', over: null };
    this.answers.set(stream, answer);
    if (type === TYPES.data) {
      answer.body += payload;
      const { length } = payload;
      if (length > 0) this.#send(frame(TYPES.window, 0, 0, String.fromCharCode(0, 0, length >> 8, length & 0xff)));
    }
    if (type === TYPES.reset) answer.over ??= 'reset';
    else if ((flags & END_STREAM) !== 0 && type !== TYPES.more) answer.over = 'end';
  }
}
