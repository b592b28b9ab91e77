/**
 * HTTP/2 from clients (h2c with prior knowledge): a connection that began with the preface is handed to Node's HTTP/2,
 * and each stream becomes a client connection of its own. Owns the session.
 */
import { constants, performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { MAX_FIELDS } from '../http/request-head.ts';
import { type Limits, responseHeadBytes } from '../limits.ts';
import { endWhenSilent } from './end-when-silent.ts';
import { headerList, requestText } from './header-lists.ts';
import { closeWithLastStream, endOutsideReading } from './outside-reading.ts';
import { VirtualSocket } from './virtual-socket.ts';

/** RFC 9113 3.4, as far as it looks like a head. */
export const PREFACE = 'PRI * HTTP/2.0\r\n';

const MAX_STREAMS = 256;

/** Twice what is taken: of a head in between it can be said what is wrong with it, as in HTTP/1.1; others are reset. */
const MAX_PAIRS = 2 * MAX_FIELDS;
/** What each field counts beside its bytes (RFC 9113 6.5.2). */
const FIELD_BYTES = 32;

export interface Served {
  /** No stream is open. */
  readonly isIdle: boolean;
  destroy(): void;
}

/** A stream of a client, as a connection that it has opened. */
class ServedStream extends VirtualSocket {
  protected override readonly closeCode = constants.NGHTTP2_INTERNAL_ERROR;
  // A client that has sent its whole request has not gone.
  protected override readonly endsWithStream = false;
  readonly remoteAddress: string | undefined;
  protected override stream: ServerHttp2Stream;
  #isAnswered = false;

  constructor(stream: ServerHttp2Stream, raw: readonly string[], isLast: boolean, peer: string | undefined) {
    super(() => isHead);
    this.remoteAddress = peer;
    this.stream = stream;
    const { head, isChunked } = requestText(raw, isLast);
    const isHead = head.startsWith('HEAD ');
    this.readFrames(stream);
    stream.on('wantTrailers', () => stream.sendTrailers(headerList(this.trailers)));
    this.startMessage(head, isChunked);
  }

  override onHead(head: string, isLast: boolean, isInterim: boolean): void {
    const { stream } = this;
    if (stream.destroyed || stream.closed) return;
    const status = Number(head.slice(9, 12));
    const fields = headerList(head.slice(head.indexOf('\r\n') + 2));
    if (isInterim) {
      if (status !== 101) stream.additionalHeaders({ ':status': status, ...fields });
      return;
    }
    this.#isAnswered = isLast;
    // A status that there is not counts as a server's error (RFC 9110 15); Node throws at it.
    const headers = { ':status': status > 599 ? 502 : status, ...fields };
    stream.respond(headers, isLast ? { endStream: true } : { waitForTrailers: true });
    if (isLast) this.#refuseRest();
  }

  override onEnd(trailers: string): void {
    this.#isAnswered = true;
    super.onEnd(trailers);
    this.#refuseRest();
  }

  protected override get isDone(): boolean {
    return this.#isAnswered;
  }

  /** RFC 9113 8.1: the answer is complete, the rest of the request is of no use. */
  #refuseRest(): void {
    const { stream } = this;
    if (stream.readableEnded || stream.endAfterHeaders) return;
    stream.once('finish', () => setImmediate(() => !stream.closed && stream.close(constants.NGHTTP2_NO_ERROR)));
  }
}

/**
 * @param socket reads like any other, the preface first
 * @param accept takes each stream as if it had been accepted
 * @param onOver the session has ended; called once
 */
export function serveHttp2(
  socket: Socket,
  limits: Limits,
  accept: (stream: Socket) => void,
  onOver: () => void,
): Served {
  const peer = socket.remoteAddress;
  const maxHeaderListSize = 2 * limits.headBytes + FIELD_BYTES * MAX_PAIRS;
  const options = {
    settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize },
    maxHeaderListPairs: MAX_PAIRS,
    // nghttp2 takes up to twelve bytes for each field beside its own.
    maxSendHeaderBlockLength: 4 * responseHeadBytes(limits),
  };
  const session = endOutsideReading(performServerHandshake(socket, options));
  const open = closeWithLastStream(session);
  session.on('stream', (stream: ServerHttp2Stream, _headers: unknown, _flags: number, raw: readonly string[]) => {
    open.add(stream);
    accept(new ServedStream(stream, raw, stream.endAfterHeaders, peer) as unknown as Socket);
  });
  endWhenSilent(session, limits.keepAliveMs, limits.headMs, () => open.count > 0);
  session.on('error', () => session.destroy());
  socket.on('error', () => session.destroy());
  // As with HTTP/1: who ends its side has gone, and its requests go on for nobody.
  socket.once('end', () => session.destroy());
  // Our side has ended; a client that never ends its own keeps nothing.
  let linger: NodeJS.Timeout | undefined;
  socket.once('finish', () => {
    linger = setTimeout(() => socket.destroy(), limits.lingerMs);
  });
  session.once('close', () => {
    clearTimeout(linger);
    onOver();
  });
  return {
    get isIdle() {
      return open.count === 0;
    },
    destroy: () => session.destroy(),
  };
}
