/**
 * One connection to an instance: connects, sends one request at a time, reads responses strictly and hands them to its
 * exchange. Goes back to its endpoint's idle ones when both sides allow it. Owns its socket; never decides on retries.
 */

import { hasBareLineFeed } from '../http/bytes.ts';
import { ChunkedReader, type ChunkSink } from '../http/chunked.ts';
import { ResponseHead } from '../http/response-head.ts';
import { CalledStream, REFUSED_STREAM } from '../http2/call.ts';
import { monotonicMs } from '../io/clock.ts';
import { PatientSocket } from '../io/patient-socket.ts';
import { readingOptions, smallReadingOptions } from '../io/reader.ts';
import { closeSocket, sendHeadAndPieces } from '../io/send.ts';
import { SlowLink } from '../io/slow-link.ts';
import type { Sweeper, Timed } from '../io/sweeper.ts';
import { type Limits, responseHeadBytes } from '../limits.ts';
import { otherLoopback } from './loopback.ts';

export type Failure =
  /** No connection came about: nothing was sent. */
  | 'refused'
  /** Ended before any byte of a final response. */
  | 'reset'
  /** As `reset`, and the instance has said that it did nothing with the request (RFC 9113 8.7). */
  | 'unprocessed'
  /** What came is not an HTTP response. */
  | 'bad-response'
  | 'head-too-large'
  /** Ended in the middle of a response. */
  | 'truncated';

/** The connection broke before an answer, which may be the end of the instance. */
export function isBroken(failure: string): boolean {
  return failure === 'reset' || failure === 'unprocessed';
}

/** What the connection tells whoever it works for. */
export interface Receiver {
  onConnected(): void;
  /** 1xx other than 101. */
  onInformational(head: ResponseHead): void;
  /** @returns how the body is wanted: with chunk framing kept, and trailers */
  onResponseHead(head: ResponseHead): { readonly raw: boolean; readonly trailers: boolean } | 'tunnel' | null;
  onResponseBytes(buffer: Buffer, start: number, end: number): void;
  /** The whole of a small body, which came with its head; latin1. */
  onResponseText(text: string): void;
  /** All that one read gave has been handed over. */
  onResponsePause(): void;
  onResponseEnd(reusable: boolean): void;
  onTunnelBytes(buffer: Buffer, start: number, end: number): void;
  onTunnelEnd(): void;
  onUpstreamDrain(): void;
  onUploadRefused(): void;
  onUpstreamFailed(failure: Failure, detail: string): void;
}

/** A connection that its instance has no more use for is closed so much later. */
const LEAVE_MS = 2;
/** A head is looked for in pieces of so much: what follows it may be a large body. */
const HEAD_PIECE_BYTES = 4 * 1024;

type State = 'connecting' | 'idle' | 'head' | 'length' | 'chunked' | 'until-close' | 'finished' | 'tunnel' | 'dead';

/** Where a connection leads, and who takes it back when it is idle. */
export interface UpstreamEndpoint {
  readonly host: string;
  readonly port: number;
  /** It speaks HTTP/2 without being asked to. */
  readonly isHttp2: boolean;
  /** Which of the loopback addresses answered last. */
  address: string | null;
  /** @returns false when the connection is not wanted any more */
  keepIdle(connection: UpstreamConnection): boolean;
  forget(connection: UpstreamConnection): void;
}

export class UpstreamConnection implements ChunkSink, Timed {
  readonly endpoint: UpstreamEndpoint;
  socket: PatientSocket;
  receiver: Receiver | null = null;
  /** It has carried a request before the present one. */
  reused = false;
  idleSince = 0;
  readonly #limits: Limits;
  readonly #sweeper: Sweeper;
  readonly #head = new ResponseHead();
  #state: State = 'connecting';
  #deadline: number;
  #headText = '';
  /** The bytes that came after the head in the same piece. */
  #rest = '';
  #remaining = 0;
  #chunks: ChunkedReader | null = null;
  #isHead = false;
  #anyByte = false;
  #keepAlive = true;
  #idleMs: number;
  #secondAddress: string | null;
  readonly #link: SlowLink | null;

  /** @param bytesPerSecond as fast as a fault lets bytes come; 0 = it does not. Such a connection is used once */
  constructor(endpoint: UpstreamEndpoint, limits: Limits, sweeper: Sweeper, bytesPerSecond = 0) {
    this.endpoint = endpoint;
    this.#link = bytesPerSecond > 0 ? new SlowLink(bytesPerSecond) : null;
    this.#limits = limits;
    this.#sweeper = sweeper;
    this.#idleMs = limits.upstreamIdleMs;
    this.#deadline = monotonicMs() + limits.connectMs;
    const address = endpoint.address ?? (endpoint.host === 'localhost' ? '127.0.0.1' : endpoint.host);
    this.#secondAddress = otherLoopback(address);
    this.socket = this.#open(address);
    sweeper.add(this);
  }

  get isOpen(): boolean {
    return this.#state === 'idle';
  }

  /** Sends a request head with the part of the body that is at hand. @returns false when the socket has enough */
  send(head: string, held: readonly Buffer[], isHead: boolean): boolean {
    this.#state = 'head';
    this.#deadline = 0;
    this.#isHead = isHead;
    this.#anyByte = false;
    return sendHeadAndPieces(this.socket, head, held);
  }

  /** From now on bytes go both ways as they are. */
  openTunnel(): void {
    this.#state = 'tunnel';
    this.#deadline = 0;
  }

  /** Back to the idle ones, or closed. */
  release(reusable: boolean, now: number): void {
    this.receiver = null;
    if (this.#state === 'dead') return;
    this.reused = true;
    this.idleSince = now;
    if (!reusable || this.#link !== null || !this.#keepAlive || this.#idleMs <= 0 || this.socket.writableLength > 0) {
      this.destroy();
      return;
    }
    this.#state = 'idle';
    this.#deadline = this.idleSince + this.#idleMs;
    if (this.socket.isPaused()) this.socket.resume();
    if (!this.endpoint.keepIdle(this)) this.leave();
  }

  /**
   * Closes it in a moment. Instances leave while others take over, and closing costs as much as a request, which is at
   * the door by then: it goes first.
   */
  leave(): void {
    setTimeout(() => this.destroy(), LEAVE_MS);
  }

  /** Ends it now; the receiver hears nothing more. */
  destroy(): void {
    if (this.#state === 'dead') return;
    if (this.#state === 'idle') this.endpoint.forget(this);
    this.#state = 'dead';
    this.receiver = null;
    this.#sweeper.delete(this);
    this.#link?.close();
    this.socket.onWriteFailed = null;
    closeSocket(this.socket);
  }

  sweep(now: number): void {
    if (this.#deadline === 0 || now < this.#deadline) return;
    if (this.#state === 'connecting')
      this.#connectFailed(this.socket, `no connection within ${this.#limits.connectMs} ms`);
    else if (this.#state === 'idle') this.destroy();
  }

  bytes(buffer: Buffer, start: number, end: number): void {
    this.receiver?.onResponseBytes(buffer, start, end);
  }

  #open(address: string): PatientSocket {
    this.#head.isHttp2 = this.endpoint.isHttp2;
    const socket = this.endpoint.isHttp2 ? this.#openStream(address) : this.#openSocket(address);
    let reason = '';
    socket.on('connect', () => {
      if (this.socket !== socket || this.#state !== 'connecting') return;
      this.endpoint.address = address;
      this.#state = 'idle';
      this.#deadline = 0;
      socket.onWriteFailed = () => this.receiver?.onUploadRefused();
      this.receiver?.onConnected();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      reason = error.code ?? error.message;
    });
    socket.on('close', () => {
      if (this.socket !== socket) return;
      if (this.#state === 'connecting') this.#connectFailed(socket, reason);
      else this.#lost(reason, false);
    });
    socket.on('end', () => this.#ended());
    socket.on('drain', () => this.receiver?.onUpstreamDrain());
    return socket;
  }

  #openSocket(address: string): PatientSocket {
    const link = this.#link;
    const reading =
      link === null
        ? readingOptions((buffer, length) => this.#feed(buffer, length))
        : smallReadingOptions(link.pieceBytes, (buffer, length) => this.#feedSlowly(link, buffer, length));
    const socket = new PatientSocket({ allowHalfOpen: true, ...reading });
    socket.setNoDelay(true);
    socket.connect({ host: address, port: this.endpoint.port });
    return socket;
  }

  #openStream(address: string): PatientSocket {
    const stream = new CalledStream(this.endpoint, address, this.endpoint.port, this.#limits);
    const link = this.#link;
    // Frames come whole.
    stream.on('data', (data: Buffer) =>
      link === null ? this.#feed(data, data.length) : this.#feedSlowly(link, data, data.length),
    );
    return stream as unknown as PatientSocket;
  }

  #connectFailed(socket: PatientSocket, detail: string): void {
    if (this.#secondAddress !== null) {
      const address = this.#secondAddress;
      this.#secondAddress = null;
      this.#deadline = monotonicMs() + this.#limits.connectMs;
      this.socket = this.#open(address);
      socket.destroy();
      return;
    }
    this.endpoint.address = null;
    this.#fail('refused', detail);
  }

  #ended(): void {
    if (this.#state === 'tunnel') this.receiver?.onTunnelEnd();
    else if (this.#state !== 'connecting') this.#lost('', true);
  }

  /** The connection is over. @param clean by a FIN */
  #lost(detail: string, clean: boolean): void {
    switch (this.#state) {
      case 'dead':
        return;
      case 'until-close':
        if (clean) {
          this.#keepAlive = false;
          this.#finish(false);
        } else this.#fail('truncated', detail);
        return;
      case 'head':
        if (this.#anyByte) this.#fail('truncated', detail || 'closed');
        else this.#fail(detail === REFUSED_STREAM ? 'unprocessed' : 'reset', detail || 'closed');
        return;
      case 'idle':
        // It was taken but not used yet: as if it had never been connected.
        if (this.receiver) this.#fail('refused', detail || 'closed');
        else this.destroy();
        return;
      case 'finished':
        return;
      case 'tunnel':
        // Closed by itself behind both its ends; the other side of the tunnel may still be at it.
        if (!this.socket.readableEnded || !this.socket.writableFinished) this.#fail('truncated', detail || 'closed');
        return;
      default:
        this.#fail('truncated', detail || 'closed');
    }
  }

  #fail(failure: Failure, detail: string): void {
    const { receiver } = this;
    this.destroy();
    receiver?.onUpstreamFailed(failure, detail);
  }

  #feedSlowly(link: SlowLink, buffer: Buffer, length: number): void {
    this.#feed(buffer, length);
    if (this.#state !== 'dead') link.passed(this.socket, length);
  }

  #feed(buffer: Buffer, length: number): void {
    let i = 0;
    while (i < length) {
      switch (this.#state) {
        case 'head':
          i = this.#feedHead(buffer, i, length);
          break;
        case 'length': {
          const end = Math.min(length, i + this.#remaining);
          this.#remaining -= end - i;
          if (this.#remaining === 0 && end - i === this.#rest.length) this.receiver?.onResponseText(this.#rest);
          else this.receiver?.onResponseBytes(buffer, i, end);
          this.#rest = '';
          i = end;
          if (this.#remaining === 0) this.#state = 'finished';
          break;
        }
        case 'chunked':
          i = this.#chunks!.feed(buffer, i, length);
          if (i === -1) {
            this.#fail('truncated', 'malformed chunked body');
            return;
          }
          if (this.#chunks!.done) this.#state = 'finished';
          break;
        case 'until-close':
          this.receiver?.onResponseBytes(buffer, i, length);
          i = length;
          break;
        case 'tunnel':
          this.receiver?.onTunnelBytes(buffer, i, length);
          return;
        case 'finished':
          // Bytes that belong to no response: the connection cannot be trusted with another request.
          this.#finish(false);
          return;
        default:
          this.#state === 'idle' && this.receiver === null ? this.destroy() : undefined;
          return;
      }
      // Without a body the end comes with the head's last byte.
      if ((this.#state as State) === 'finished' && i === length) {
        this.#finish(true);
        return;
      }
    }
    this.receiver?.onResponsePause();
  }

  #finish(reusable: boolean): void {
    this.#state = 'finished';
    this.#rest = '';
    this.receiver?.onResponseEnd(reusable);
  }

  /** @returns where the head, or the piece of it, ended in the buffer */
  #feedHead(buffer: Buffer, start: number, length: number): number {
    const before = this.#headText.length;
    const limit = responseHeadBytes(this.#limits);
    const taken = Math.min(length, start + HEAD_PIECE_BYTES);
    const text = this.#headText + buffer.toString('latin1', start, taken);
    this.#anyByte = true;
    const stop = text.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (stop === -1) {
      // Something that cannot become a status line is known at once.
      if (!'HTTP/1.'.startsWith(text.slice(0, 7))) this.#fail('bad-response', 'not an HTTP/1.1 status line');
      else if (hasBareLineFeed(text, before)) this.#fail('bad-response', 'a bare line feed');
      else if (text.length >= limit) this.#fail('head-too-large', `more than ${limit} bytes`);
      this.#headText = text;
      return taken;
    }
    this.#headText = '';
    const head = this.#head;
    if (stop + 4 > limit) this.#fail('head-too-large', `more than ${limit} bytes`);
    else if (!(before === 0 ? head.parse(text, stop + 2, buffer, start) : head.parse(text, stop + 2)))
      this.#fail('bad-response', 'a malformed response head');
    else if (head.status < 200 && head.status !== 101) {
      // An interim answer is none: without the final one the connection broke before an answer.
      this.#anyByte = false;
      this.receiver?.onInformational(head);
    } else {
      this.#rest = taken === length ? text.slice(stop + 4) : '';
      this.#begin(head);
    }
    return start + stop + 4 - before;
  }

  #begin(head: ResponseHead): void {
    this.#keepAlive = head.keepAlive;
    if (head.keepAliveSeconds >= 0) this.#idleMs = head.keepAliveSeconds * 1000 - 1000;
    const wanted = this.receiver?.onResponseHead(head);
    if (wanted === undefined || wanted === null || this.#state !== 'head') return;
    if (wanted === 'tunnel') this.#state = 'tunnel';
    else if (this.#isHead || head.status === 204 || head.status === 304 || head.contentLength === 0)
      this.#state = 'finished';
    else if (head.chunked) {
      this.#state = 'chunked';
      this.#chunks = new ChunkedReader(wanted.raw, wanted.trailers, this);
    } else if (head.contentLength > 0) {
      this.#state = 'length';
      this.#remaining = head.contentLength;
    } else this.#state = 'until-close';
  }
}
