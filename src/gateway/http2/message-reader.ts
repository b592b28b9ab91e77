/**
 * Takes HTTP/1.1 messages apart that the gateway itself has written: heads as text, bodies as data, trailers as field
 * lines. Trusts their syntax. Holds an unfinished head.
 */
import { ChunkedReader, type ChunkSink } from '../http/chunked.ts';
import { fieldValue } from '../http/fields.ts';

export interface MessageEvents {
  /** @param head first line and field lines. @param isLast nothing follows it */
  onHead(head: string, isLast: boolean, isInterim: boolean): void;
  onData(data: Buffer): void;
  onEnd(trailers: string): void;
}

type State = 'head' | 'length' | 'chunked' | 'until-close' | 'over';

export class MessageReader implements ChunkSink {
  readonly #events: MessageEvents;
  readonly #isBodyless: () => boolean;
  #state: State = 'head';
  #text = '';
  #remaining = 0;
  #chunks: ChunkedReader | null = null;

  /** @param isBodyless asked after each head: it is the answer to HEAD */
  constructor(events: MessageEvents, isBodyless: () => boolean) {
    this.#events = events;
    this.#isBodyless = isBodyless;
  }

  /** @returns false when it is no message */
  feed(buffer: Buffer): boolean {
    for (let i = 0; i < buffer.length; ) {
      if (this.#state === 'head') {
        const before = this.#text.length;
        this.#text += buffer.toString('latin1', i);
        const stop = this.#text.indexOf('\r\n\r\n', Math.max(0, before - 3));
        if (stop === -1) return true;
        i += stop + 4 - before;
        const head = this.#text.slice(0, stop + 2);
        this.#text = '';
        this.#begin(head);
      } else if (this.#state === 'length') {
        const end = Math.min(buffer.length, i + this.#remaining);
        this.#remaining -= end - i;
        this.#events.onData(buffer.subarray(i, end));
        i = end;
        if (this.#remaining === 0) this.#end('');
      } else if (this.#state === 'chunked') {
        const chunks = this.#chunks!;
        i = chunks.feed(buffer, i, buffer.length);
        if (i === -1) return false;
        if (chunks.done) this.#end(chunks.trailers);
      } else if (this.#state === 'until-close') {
        this.#events.onData(buffer.subarray(i));
        return true;
      } else return true;
    }
    return true;
  }

  bytes(buffer: Buffer, start: number, end: number): void {
    this.#events.onData(buffer.subarray(start, end));
  }

  /** The writer has ended its side. */
  close(): void {
    if (this.#state === 'until-close') this.#end('');
  }

  #begin(head: string): void {
    const isResponse = head.startsWith('HTTP/1.1 ');
    const status = isResponse ? Number(head.slice(9, 12)) : 0;
    if (isResponse && status < 200) {
      this.#events.onHead(head, false, true);
      return;
    }
    const lines = head.slice(head.indexOf('\r\n') + 2);
    const length = fieldValue(lines, 'content-length');
    const bare = isResponse && (status === 204 || status === 304 || this.#isBodyless());
    if (!bare && fieldValue(lines, 'transfer-encoding') !== undefined) {
      this.#state = 'chunked';
      this.#chunks = new ChunkedReader(false, true, this);
    } else if (!bare && Number(length ?? 0) > 0) {
      this.#state = 'length';
      this.#remaining = Number(length);
    } else this.#state = !bare && isResponse && length === undefined ? 'until-close' : 'over';
    this.#events.onHead(head, this.#state === 'over', false);
  }

  #end(trailers: string): void {
    this.#state = 'over';
    this.#events.onEnd(trailers);
  }
}
