/**
 * The body of one request on its way to an instance: held while there is none to take it, passed on at the instance's
 * pace, and kept while it may have to be sent again. Owns those pieces (bounded, and forgotten as soon as a repetition is
 * out of the question) and when the client is read from.
 */
import { monotonicMs } from '../io/clock.ts';
import { keepBytes } from '../io/lent-buffer.ts';
import { sendBytes } from '../io/send.ts';
import type { ClientSide } from './client-side.ts';
import type { Deadlines } from './deadlines.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

const NONE: readonly Buffer[] = [];

export class Upload {
  readonly #client: ClientSide;
  readonly #limitBytes: number;
  readonly #isIdempotent: boolean;
  #pieces: Buffer[] | null = null;
  #bytes = 0;
  /** What is sent in the present attempt is kept for another one. */
  #keeps = false;
  /** Everything that came of the body so far is in the pieces. */
  #isWhole = true;
  /** Of the present attempt; null while nothing has been sent. */
  #upstream: UpstreamConnection | null = null;
  #deadlines: Deadlines | null = null;
  #isAnswered = false;
  /** The client holds its body back, so that the instance is waited for. */
  #awaitsContinue = false;
  /** The instance reads no more of the body; its answer may still come. */
  isRefused = false;

  /** @param limitBytes held or kept at most, beside what one read gives */
  constructor(client: ClientSide, limitBytes: number, isIdempotent: boolean) {
    this.#client = client;
    this.#limitBytes = limitBytes;
    this.#isIdempotent = isIdempotent;
  }

  /**
   * HTTP allows the request to be sent again, and what came of its body is at hand.
   * @param isUnprocessed the instance did nothing with it: then its method does not matter
   */
  isRepeatable(isUnprocessed: boolean): boolean {
    return (this.#isIdempotent || isUnprocessed) && this.#isWhole;
  }

  /** Begins an attempt: the head goes out with what is at hand of the body. */
  send(head: string, upstream: UpstreamConnection, isHead: boolean, deadlines: Deadlines, now: number): void {
    this.#upstream = upstream;
    this.#deadlines = deadlines;
    this.isRefused = false;
    // In HTTP/2 an instance may say that it did nothing with a request, which then is sent again whatever its method.
    this.#keeps = this.#isIdempotent || upstream.endpoint.isHttp2;
    const more = upstream.send(head, this.#pieces ?? NONE, isHead);
    if (!this.#keeps) this.drop();
    this.#awaitsContinue = this.#client.holdsBody;
    if (this.#client.bodyDone || this.#awaitsContinue) deadlines.awaitHead(now);
    else if (more) this.#client.resumeReading();
    else this.#awaitIntake(now);
  }

  /** The next bytes of the body; they are lent. */
  bytes(buffer: Buffer, start: number, end: number): void {
    this.continued();
    if (this.#upstream === null) {
      this.#hold(buffer, start, end);
      if (this.#bytes >= this.#limitBytes) this.#client.pauseReading();
      return;
    }
    if (this.#keeps && !this.#isAnswered) this.#keep(buffer, start, end);
    if (this.isRefused) return;
    if (!sendBytes(this.#upstream.socket, buffer, start, end)) this.#awaitIntake(monotonicMs());
  }

  /** The client has been let begin with its body, or did so by itself: it is the one who is waited for. */
  continued(): void {
    if (!this.#awaitsContinue) return;
    this.#awaitsContinue = false;
    this.drained();
  }

  /** The instance has taken what it was sent. */
  drained(): void {
    if (!this.#isAnswered && !this.#client.bodyDone) this.#deadlines?.taken();
    this.#client.resumeReading();
  }

  /** The rest is still read from the client, so that the answer reaches it, but not passed on. */
  refused(): void {
    this.isRefused = true;
    this.drained();
  }

  /** The answer has begun: the request is not sent again. */
  answered(): void {
    this.#isAnswered = true;
    this.drop();
  }

  /** The attempt is over. */
  detach(): void {
    this.#upstream = null;
    this.#awaitsContinue = false;
  }

  drop(): void {
    if (this.#pieces !== null) this.#isWhole = false;
    this.#pieces = null;
    this.#bytes = 0;
  }

  /** The instance has enough for now. In gRPC that is flow control, and may last for as long as it likes. */
  #awaitIntake(now: number): void {
    this.#client.pauseReading();
    if (!this.#isAnswered && !this.#client.isGrpc) this.#deadlines?.awaitIntake(now);
  }

  #hold(buffer: Buffer, start: number, end: number): void {
    this.#pieces ??= [];
    this.#pieces.push(keepBytes(buffer, start, end));
    this.#bytes += end - start;
  }

  /** For a repetition, as long as it is small enough for one. */
  #keep(buffer: Buffer, start: number, end: number): void {
    if (!this.#isWhole) return;
    if (this.#bytes + end - start <= this.#limitBytes) this.#hold(buffer, start, end);
    else {
      this.drop();
      this.#isWhole = false;
    }
  }
}
