/**
 * HTTP/2 to instances that speak nothing else on their port (`protocol: h2c`, gRPC): one session for each, a stream for
 * each request. Owns the sessions; they end with their instance, or when nothing has been asked for a while.
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import { type Limits, responseHeadBytes } from '../limits.ts';
import { endWhenSilent, type Silence } from './end-when-silent.ts';
import { headerList, requestList, responseText } from './header-lists.ts';
import { closeWithLastStream, endOutsideReading } from './outside-reading.ts';
import { VirtualSocket } from './virtual-socket.ts';

/** Why a connection ended whose request the instance has not looked at. */
export const REFUSED_STREAM = 'REFUSED_STREAM';

/**
 * What counts as so many bytes in a header list (RFC 9113 6.5.2: 32 more for each field) takes one in the text of a head at
 * least: the limit there decides, and says what is wrong. Node's own, a number of fields, resets the stream as if the
 * instance had gone.
 */
const LISTED_BYTES = 8;

/** As the gateway writes it. */
const EXPECT = '\r\nExpect: 100-continue\r\n';
const CONTINUE = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');

const sessions = new WeakMap<object, ClientHttp2Session>();
const silences = new WeakMap<ClientHttp2Session, Silence>();

/** Ends the session to an instance once its streams have ended. */
export function closeSession(owner: object): void {
  const session = sessions.get(owner);
  sessions.delete(owner);
  session?.close();
}

/** Whether it takes new requests: it has not been told to go away, is not about to end, and may be believed alive. */
function isUsable(owner: object, session: ClientHttp2Session): boolean {
  if (sessions.get(owner) !== session || session.closed || session.destroyed) return false;
  return silences.get(session)?.isInDoubt !== true;
}

function sessionOf(owner: object, address: string, port: number, limits: Limits): ClientHttp2Session {
  const found = sessions.get(owner);
  if (found && isUsable(owner, found)) return found;
  const host = address.includes(':') ? `[${address}]` : address;
  const maxHeaderListSize = LISTED_BYTES * responseHeadBytes(limits);
  const connecting = connect(`http://${host}:${port}`, {
    settings: { enablePush: false, maxHeaderListSize },
    maxHeaderListPairs: maxHeaderListSize,
  });
  const session = endOutsideReading(connecting, () => forget());
  const forget = (): void => {
    if (sessions.get(owner) === session) sessions.delete(owner);
  };
  // Each stream that is open listens to it.
  session.setMaxListeners(0);
  sessions.set(owner, session);
  const open = closeWithLastStream(session);
  const request = session.request.bind(session);
  session.request = (headers, options) => {
    const stream = request(headers, options);
    open.add(stream);
    return stream;
  };
  const silentMs = Math.max(1_000, limits.upstreamIdleMs);
  silences.set(
    session,
    endWhenSilent(session, silentMs, silentMs, () => open.count > 0),
  );
  session.on('error', () => session.destroy());
  session.once('goaway', forget);
  session.once('close', forget);
  // A session that carries nothing keeps no thread alive.
  session.unref();
  return session;
}

/** A request to an instance, as a connection that we open. Emits `connect` like a socket. */
export class CalledStream extends VirtualSocket {
  protected override readonly closeCode = constants.NGHTTP2_CANCEL;
  protected override readonly endsWithStream = true;
  protected override readonly isDone = false;
  readonly #session: ClientHttp2Session;
  protected override stream: ClientHttp2Stream | null = null;
  #isHead = false;

  /** @param owner whose session it is */
  constructor(owner: object, address: string, port: number, limits: Limits) {
    super(() => false);
    const session = sessionOf(owner, address, port, limits);
    this.#session = session;
    this.connecting = session.connecting;
    const fail = (error?: Error): unknown => this.stream === null && this.destroy(error);
    session.once('error', fail);
    session.once('close', fail);
    const ready = (): void => {
      // Nothing has been sent: as if no connection had come about.
      if (!isUsable(owner, session)) return void this.destroy();
      this.connecting = false;
      this.emit('connect');
    };
    if (session.connecting) session.once('connect', ready);
    else setImmediate(ready);
    this.once('close', () => {
      session.off('error', fail);
      session.off('close', fail);
      session.off('connect', ready);
    });
  }

  override onHead(head: string, isLast: boolean): void {
    this.#isHead = head.startsWith('HEAD ');
    // The expectation is not passed on: HTTP/2 instances may not know it, and whoever waits for them would wait in vain.
    if (head.includes(EXPECT)) this.push(CONTINUE);
    // Of itself Node takes GET, HEAD and DELETE for requests without a body.
    const body = isLast ? { endStream: true } : { endStream: false, waitForTrailers: true };
    const stream = this.#session.request(requestList(head), body);
    this.stream = stream;
    stream.on('wantTrailers', () => stream.sendTrailers(headerList(this.trailers)));
    stream.on('headers', (fields: IncomingHttpHeaders, _flags: number, raw: unknown) => {
      const status = Number(fields[':status' as keyof IncomingHttpHeaders]);
      const { head: text } = responseText(raw as readonly string[], status, false);
      this.push(Buffer.from(text.replace(/(?:connection|transfer-encoding):[^\r]*\r\n/g, ''), 'latin1'));
    });
    stream.on('response', (fields, flags: number, ...more: readonly unknown[]) => {
      const raw = more[0] as readonly string[];
      const ended = (flags & 1) !== 0;
      const { head: text, isChunked } = responseText(raw, fields[':status'] ?? 0, ended && !this.#isHead);
      this.startMessage(text, isChunked && !this.#isHead);
    });
    // What waits for a place among the streams can never be sent after a GOAWAY; nghttp2 ends it when another one ends.
    const goaway = (): void => {
      if (stream.state.state === constants.NGHTTP2_STREAM_STATE_IDLE) this.destroy(new Error(REFUSED_STREAM));
    };
    this.#session.once('goaway', goaway);
    stream.once('close', () => {
      this.#session.off('goaway', goaway);
      // nghttp2 closes so, too, what a GOAWAY says was not looked at (RFC 9113 6.8).
      if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) this.destroy(new Error(REFUSED_STREAM));
    });
    this.readFrames(stream);
  }
}
