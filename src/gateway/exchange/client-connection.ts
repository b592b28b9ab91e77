/**
 * One accepted connection: reads requests one after another, follows the framing of their bodies, and writes the answers
 * in order. Owns its socket and its phase; what happens to a request in between is its exchange's business.
 */

import type { Socket } from 'node:net';
import { accessOf } from '../access-log/access-of.ts';
import { OK, RequestHead } from '../http/request-head.ts';
import { ADDED_LINES } from '../http2/header-lists.ts';
import { PREFACE, serveHttp2 } from '../http2/serve.ts';
import { monotonicMs } from '../io/clock.ts';
import { Intake } from '../io/intake.ts';
import { keepBytes } from '../io/lent-buffer.ts';
import { isFull, isReset } from '../io/node-internals.ts';
import { handOver, readAccepted } from '../io/reader.ts';
import { closeSocket, endSending, resetSocket, sendBytes, sendHeadAndBytes } from '../io/send.ts';
import type { Timed } from '../io/sweeper.ts';
import { writeSoon } from '../io/turn-writes.ts';
import { ownAnswer, plainAnswer } from '../problems/own-answer.ts';
import { PROBLEMS, type Problem, problemOfStatus } from '../problems/problems.ts';
import type { PlainAnswer } from '../stages/stage.ts';
import type { GatewayContext } from './context.ts';
import { Exchange } from './exchange.ts';
import { plainAddress } from './forwarded.ts';
import { HeadText } from './head-text.ts';
import { HopLines } from './hop-lines.ts';
import type { ListenerContext, ViaVersion } from './listener-context.ts';
import { RequestBody } from './request-body.ts';
import { Tunnel } from './tunnel.ts';

/** Pipelined bytes held while an answer is under way; then reading stops. */
const MAX_STASH_BYTES = 64 * 1024;

type Phase =
  /** Between requests, or in the middle of a head. */
  | 'head'
  | 'body'
  /** The request is complete, its answer is not. */
  | 'waiting'
  /** Answered, but the client has not taken enough of that for another request to be begun. */
  | 'draining'
  | 'tunnel'
  /** Answered; what still comes is thrown away until the client closes. */
  | 'lingering'
  | 'closed';

export class ClientConnection implements Timed {
  readonly socket: Socket;
  readonly listener: ListenerContext;
  readonly head = new RequestHead();
  readonly hop: HopLines;
  readonly peer: string;
  /** The tunnel that took the connection over. */
  tunnel: Tunnel | null = null;
  readonly #isHttp2: boolean;
  readonly #context: GatewayContext;
  readonly #headText: HeadText;
  #phase: Phase = 'head';
  #exchange: Exchange | null = null;
  #body: RequestBody | null = null;
  #stash: Buffer | null = null;
  #pumping = false;
  /** No request has been read yet. */
  #isFirst = true;
  /** The request has a body, of gRPC. */
  isGrpc = false;
  holdsBody = false;
  #deadline: number;
  #intake: Intake | null = null;
  /** A response head that waits for the first bytes of its body. */
  #pendingHead = '';

  /** @param isHttp2 it is a stream in truth */
  constructor(accepted: Socket, listener: ListenerContext, context: GatewayContext, isHttp2 = false) {
    const socket = readAccepted(accepted, (buffer, length) => this.#receive(buffer, length));
    this.socket = socket;
    this.listener = listener;
    this.#isHttp2 = isHttp2;
    if (isHttp2) this.head.mostFields += ADDED_LINES;
    this.#context = context;
    this.#headText = new HeadText(context.limits);
    this.peer = plainAddress(socket.remoteAddress);
    this.hop = new HopLines(listener, this.peer);
    this.#deadline = monotonicMs() + context.limits.keepAliveMs;
    listener.connections.add(this);
    context.sweeper.add(this);
    socket.on('end', () => this.#ended());
    socket.on('drain', () => this.#drained());
    // The close that follows does what is to be done, whatever the reason.
    socket.on('error', () => {});
    socket.on('close', () => this.tunnel?.isClientThrough || this.destroy());
  }

  get version(): ViaVersion {
    return this.#isHttp2 ? 2 : this.head.minor === 0 ? 0 : 1;
  }

  get bodyDone(): boolean {
    return this.#body === null || this.#body.done;
  }

  get isIdle(): boolean {
    return this.#phase === 'head' && this.#exchange === null && this.#headText.isEmpty;
  }

  /** Holds a response head back until there is something to send with it. */
  beginResponse(lines: string): void {
    this.flush();
    this.#pendingHead = lines;
  }

  /** @returns false when the client has enough for now */
  writeBytes(buffer: Buffer, start: number, end: number): boolean {
    if (this.#pendingHead === '') return sendBytes(this.socket, buffer, start, end);
    const head = this.#pendingHead;
    this.#pendingHead = '';
    return sendHeadAndBytes(this.socket, head, buffer, start, end);
  }

  writeText(text: string): boolean {
    const head = this.#pendingHead;
    this.#pendingHead = '';
    return writeSoon(this.socket, head === '' ? text : head + text);
  }

  flush(): void {
    if (this.#pendingHead !== '') this.writeText('');
  }

  pauseReading(): void {
    this.socket.pause();
  }

  resumeReading(): void {
    if (this.socket.isPaused() && (this.#stash === null || this.#stash.length <= MAX_STASH_BYTES)) this.socket.resume();
    if (this.#phase === 'body') this.#awaitBody();
  }

  /** The answer is out. @param keepAlive the connection may take another request */
  exchangeEnded(keepAlive: boolean, now = monotonicMs()): void {
    this.flush();
    this.#exchange = null;
    if (!keepAlive || !this.bodyDone || this.listener.closing) {
      this.#linger();
      return;
    }
    this.#body = null;
    if (isFull(this.socket)) {
      this.#phase = 'draining';
      // In gRPC it is flow control, and may last for as long as it likes.
      this.#deadline = this.isGrpc ? 0 : now + this.#context.limits.bodyIdleMs;
    } else this.#awaitRequest(now);
  }

  /** Answers in the gateway's own name, as far as the head was understood. @returns bytes of the answer's body */
  writeProblem(problem: Problem, keepAlive: boolean): number {
    const text = ownAnswer(problem, this, keepAlive);
    this.writeText(text);
    return text.length - text.indexOf('\r\n\r\n') - 4;
  }

  writePlain(answer: PlainAnswer, keepAlive: boolean): void {
    this.writeText(plainAnswer(answer, this, keepAlive));
  }

  startTunnel(upstream: Socket): void {
    this.flush();
    const tunnel = new Tunnel(this.socket, upstream, this.#context.limits.bodyIdleMs, () => this.destroy());
    this.tunnel = tunnel;
    this.#phase = 'tunnel';
    this.#deadline = 0;
    if (this.socket.isPaused()) this.socket.resume();
    const stash = this.#stash;
    this.#stash = null;
    if (stash) tunnel.fromClient(stash, 0, stash.length);
  }

  /** A response that cannot be completed must not look complete: the connection is reset. */
  reset(): void {
    this.#exchange = null;
    resetSocket(this.socket);
    this.destroy();
  }

  destroy(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.listener.connections.delete(this);
    this.#context.sweeper.delete(this);
    closeSocket(this.socket);
    const exchange = this.#exchange;
    this.#exchange = null;
    exchange?.cancel();
  }

  sweep(now: number): void {
    if (this.socket.isPaused() && isReset(this.socket)) {
      this.destroy();
      return;
    }
    if (this.#exchange !== null) this.#exchange.sweep(now);
    this.tunnel?.sweep(now);
    if (this.#deadline === 0 || now < this.#deadline) return;
    if (this.#phase === 'body') {
      // While the gateway itself does not read, the client is not the slow one.
      if (!this.socket.isPaused()) this.#refuseBody({ code: 'request-timeout' });
    } else if (this.#phase === 'head' && !this.#headText.isEmpty) {
      this.head.glance(this.#headText.text, this.#context.limits.targetBytes);
      this.#refuse(408, this.#deadline - this.#context.limits.headMs);
    } else if (this.#phase === 'draining' || (this.#phase === 'lingering' && !this.socket.writableFinished))
      this.#awaitTaking(now);
    else if (this.#phase !== 'waiting' && this.#phase !== 'tunnel') this.destroy();
  }

  #receive(buffer: Buffer, length: number): void {
    switch (this.#phase) {
      case 'head':
        this.#pump(buffer, length);
        return;
      case 'body':
        this.holdsBody = false;
        this.#awaitBody();
        this.#feedBody(buffer, 0, length);
        return;
      case 'waiting':
      case 'draining':
        this.#keep(buffer, 0, length);
        return;
      case 'tunnel':
        this.tunnel!.fromClient(buffer, 0, length);
        return;
      default:
    }
  }

  #drained(): void {
    if (this.tunnel) this.tunnel.clientDrained();
    else if (this.#phase !== 'draining') this.#exchange?.onClientDrain();
    else if (this.listener.closing) this.#linger();
    else this.#awaitRequest(monotonicMs());
  }

  #awaitRequest(now: number): void {
    this.#phase = 'head';
    this.#deadline = now + this.#context.limits.keepAliveMs;
    if (this.socket.isPaused()) this.socket.resume();
    if (this.#stash !== null) this.#pumpStash();
  }

  /** Bytes of later requests wait until the present one is answered and its answer taken. */
  #keep(buffer: Buffer, start: number, end: number): void {
    const kept = keepBytes(buffer, start, end);
    this.#stash = this.#stash === null ? kept : Buffer.concat([this.#stash, kept]);
    if (this.#stash.length > MAX_STASH_BYTES) this.socket.pause();
  }

  /** Reads heads while nothing is under way, then those in the stash: in a loop, since answers may come at once. */
  #pump(buffer: Buffer, length: number): void {
    this.#pumping = true;
    this.#feedHead(buffer, length);
    this.#pumping = false;
    this.#pumpStash();
  }

  #pumpStash(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#stash !== null && this.#phase === 'head') {
      const buffer = this.#stash;
      this.#stash = null;
      this.#feedHead(buffer, buffer.length);
    }
    this.#pumping = false;
  }

  #feedHead(buffer: Buffer, length: number): void {
    const text = this.#headText;
    const wasEmpty = text.isEmpty;
    const before = text.text;
    const status = text.add(buffer, length);
    if (status > OK) {
      this.head.glance(text.text, this.#context.limits.targetBytes);
      this.#refuse(status);
      return;
    }
    if (text.end === 0) {
      if (wasEmpty && !text.isEmpty) this.#deadline = monotonicMs() + this.#context.limits.headMs;
      return;
    }
    if (text.text.startsWith(PREFACE) && this.#isFirst) {
      this.#serveHttp2(Buffer.concat([Buffer.from(before, 'latin1'), buffer.subarray(0, length)]));
      return;
    }
    this.#isFirst = false;
    const { head } = this;
    const { targetBytes, bodyBytes } = this.#context.limits;
    const refused = head.parse(text.text, text.end, targetBytes, text.bytes, text.bytesStart);
    const bodyStart = text.bodyStart;
    text.clear();
    if (refused !== OK) {
      this.#refuse(refused);
      return;
    }
    if (bodyBytes > 0 && head.contentLength > bodyBytes) {
      this.#refuse(413);
      return;
    }
    this.#deadline = 0;
    const exchange = new Exchange(this, this.#context);
    this.#exchange = exchange;
    this.#body = head.chunked || head.contentLength > 0 ? new RequestBody(this, this.#context, exchange) : null;
    this.isGrpc = this.#body !== null && /^content-type:[ \t]*application\/grpc/im.test(head.fields);
    this.holdsBody = head.expectContinue && bodyStart === length;
    this.#phase = 'body';
    if (!this.#feedBody(buffer, bodyStart, length)) return;
    if (!this.bodyDone) this.#awaitBody();
    exchange.start();
  }

  /** The client speaks HTTP/2: the connection goes to a session, whose streams come back as connections of their own. */
  #serveHttp2(unread: Buffer): void {
    const { listener, socket } = this;
    const context = this.#context;
    this.#phase = 'closed';
    listener.connections.delete(this);
    context.sweeper.delete(this);
    const served = serveHttp2(
      handOver(socket, unread),
      context.limits,
      (stream) => new ClientConnection(stream, listener, context, true),
      () => listener.connections.delete(served),
    );
    listener.connections.add(served);
  }

  /** gRPC's streams may be silent for as long as they like; any other body that was let begin has to go on coming. */
  #awaitBody(): void {
    this.#deadline = this.isGrpc || this.holdsBody ? 0 : monotonicMs() + this.#context.limits.bodyIdleMs;
  }

  /** @returns false when the body was refused */
  #feedBody(buffer: Buffer, start: number, length: number): boolean {
    const body = this.#body;
    const end = body === null ? start : body.feed(buffer, start, length);
    if (typeof end === 'string') {
      this.#refuseBody({ code: end === 'malformed' ? 'bad-request' : 'body-too-large' });
      return false;
    }
    if (this.bodyDone && this.#phase === 'body') {
      this.#phase = 'waiting';
      this.#deadline = 0;
      if (end < length) this.#keep(buffer, end, length);
      this.#exchange?.onBodyEnd();
    }
    return true;
  }

  #refuseBody(problem: Problem): void {
    this.#phase = 'lingering';
    if (this.#exchange) this.#exchange.refuse(problem);
    else this.#linger();
  }

  /** Answers a request that could not be read. What follows it is never looked at. */
  #refuse(status: number, startedAt = monotonicMs()): void {
    this.isGrpc = false;
    const code = problemOfStatus(status);
    const bodyBytes = this.writeProblem({ code }, false);
    const ended = { status, bodyBytes, flag: PROBLEMS[code].flag, attempts: 0, fault: '', startedAt };
    this.#context.accessLog?.note(accessOf(this, null, null, { ...ended, now: monotonicMs() }));
    this.#linger();
  }

  /** Ends the answer's side, then waits for the client to close: closing at once could take the answer with it. */
  #linger(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'lingering';
    this.#stash = null;
    this.#deadline = monotonicMs() + this.#context.limits.lingerMs;
    if (this.socket.isPaused()) this.socket.resume();
    endSending(this.socket);
  }

  /** Goes on while a slow client takes its answers: one that is cut off by a close could pass for a whole one. */
  #awaitTaking(now: number): void {
    this.#intake ??= new Intake(this.socket);
    if (this.#intake.goesOn()) this.#deadline = now + this.#context.limits.bodyIdleMs;
    else this.reset();
  }

  #ended(): void {
    if (this.#phase === 'tunnel') this.tunnel!.clientEnd();
    else this.destroy();
  }
}
