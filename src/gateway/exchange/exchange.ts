/**
 * One request's way: through the stages, to an instance (perhaps to another one, perhaps after waiting), and its answer
 * back. Owns the decision to repeat, to wait and to give up; the connections on both sides own their bytes.
 */

import { edgeLabel } from '../../model/fault.ts';
import type { EdgeCounter } from '../counters/edge-counter.ts';
import type { Stroke } from '../faults/dice.ts';
import type { ChunkSink } from '../http/chunked.ts';
import { isIdempotent } from '../http/methods.ts';
import type { ResponseHead } from '../http/response-head.ts';
import { sendBytes } from '../io/send.ts';
import { PROBLEMS, type Problem } from '../problems/problems.ts';
import type { Endpoint } from '../services/endpoint.ts';
import type { Lane } from '../services/lane.ts';
import { retryPauseMs } from '../services/retry-budget.ts';
import type { Service } from '../services/service.ts';
import { passStages } from '../stages/index.ts';
import { Passage, type Verdict } from '../stages/stage.ts';
import { Attempts, PROBLEM_OF } from './attempts.ts';
import type { ClientSide } from './client-side.ts';
import type { GatewayContext } from './context.ts';
import { HeldBody } from './held-body.ts';
import { type Parked, Parking } from './parking.ts';
import { requestLines } from './request-lines.ts';
import { ResponseRelay } from './response-relay.ts';
import { Tunnel } from './tunnel.ts';
import { type Failure, type Receiver, UpstreamConnection } from './upstream-connection.ts';

type Phase = 'new' | 'parked' | 'pausing' | 'connecting' | 'sent' | 'responding' | 'tunnel' | 'over';

export class Exchange implements Receiver, Parked, ChunkSink {
  readonly #client: ClientSide;
  readonly #context: GatewayContext;
  readonly #startedAt = performance.now();
  readonly #idempotent: boolean;
  readonly #held: HeldBody;
  readonly #relay: ResponseRelay;
  #service: Service | null = null;
  #lane: Lane | null = null;
  #counter: EdgeCounter | null = null;
  /** What a fault did to it. */
  #stroke: Stroke | null = null;
  /** What the stages found out. */
  #passage: Passage | null = null;
  #requestHead = '';
  #key = '';
  #phase: Phase = 'new';
  #upstream: UpstreamConnection | null = null;
  #endpoint: Endpoint | null = null;
  readonly #attempts = new Attempts();
  #sentAt = 0;
  #uploadOver = false;
  /** Of the present phase; 0 = none. */
  #deadline = 0;
  #totalDeadline = 0;
  #parking: Parking | null = null;
  #pause: NodeJS.Timeout | null = null;

  constructor(client: ClientSide, context: GatewayContext) {
    this.#client = client;
    this.#context = context;
    const { head } = client;
    this.#relay = new ResponseRelay(client);
    this.#idempotent = isIdempotent(head.method);
    this.#held = new HeldBody(context.limits.heldBytes);
  }

  /** The head has been read, and as much of the body as came with it. */
  start(): void {
    const { head, listener } = this.#client;
    const { matcher, limits } = this.#context;
    const passage = new Passage(head, listener, matcher, limits, this.#client.peer);
    const verdict = passStages(passage);
    if (!(verdict instanceof Promise)) this.#begin(passage, verdict, this.#startedAt);
    else void verdict.then((late) => this.#phase !== 'over' && this.#begin(passage, late, performance.now()));
  }

  /** The stages are passed; what came of the body meanwhile is held. */
  #begin(passage: Passage, verdict: Verdict, now: number): void {
    const { head, listener } = this.#client;
    this.#passage = passage;
    if (verdict !== null) {
      const keepAlive = this.#relay.keepAlive && this.#client.bodyDone;
      if ('problem' in verdict) this.#client.writeProblem(this.#withLines(verdict.problem), keepAlive);
      else this.#client.writePlain(verdict.answer, keepAlive);
      this.#phase = 'over';
      this.#client.exchangeEnded(keepAlive);
      return;
    }
    const service = this.#context.directory.service(passage.service);
    this.#service = service;
    this.#lane = service.lane(listener.caller);
    this.#counter = this.#lane.counter;
    this.#counter.requests++;
    this.#counter.inFlight++;
    service.budget.requested();
    this.#key = head.target;
    if (passage.compiled !== null && passage.compiled.requestMs > 0) {
      this.#totalDeadline = this.#startedAt + passage.compiled.requestMs;
    }
    this.#requestHead = requestLines(this.#client, passage);
    this.#dispatch(now);
  }

  bytes(buffer: Buffer, start: number, end: number): void {
    if (this.#uploadOver || this.#phase === 'over') return;
    if (this.#phase === 'sent' || this.#phase === 'responding') {
      if (this.#phase === 'sent' && this.#idempotent) this.#held.keep(buffer, start, end);
      if (!sendBytes(this.#upstream!.socket, buffer, start, end)) this.#client.pauseReading();
      return;
    }
    this.#held.hold(buffer, start, end);
    if (this.#held.isFull) this.#client.pauseReading();
  }

  onBodyEnd(): void {
    if (this.#phase === 'sent') this.#awaitHead(performance.now());
  }

  onClientDrain(): void {
    this.#upstream?.socket.resume();
  }

  /** The body turned out not to be acceptable. */
  refuse(problem: Problem): void {
    this.#detach();
    this.#relay.keepAlive = false;
    this.#fail(problem);
  }

  /** The client has gone. */
  cancel(): void {
    if (this.#phase === 'over') return;
    this.#counter?.flagged('DC');
    this.#detach();
    this.#over(0);
  }

  sweep(now: number): void {
    const over = this.#totalDeadline !== 0 && now >= this.#totalDeadline;
    if (this.#phase === 'parked') {
      this.#parking!.sweep(now, over);
      return;
    }
    const phaseDue = this.#deadline !== 0 && now >= this.#deadline;
    if (!phaseDue && !over) return;
    if (phaseDue && this.#endpoint !== null) this.#service!.failed(this.#endpoint, 'timeout', now);
    this.#detach();
    this.#fail({ code: 'response-timeout' });
  }

  resume(): void {
    this.#attempts.forgetTried();
    this.#dispatch(performance.now());
  }

  unserved(problem: Problem): void {
    this.#fail(problem);
  }

  /** Draws the faults of the edge, once for each attempt. @returns whether the attempt is held up, or over */
  #strike(): boolean {
    const stroke = this.#lane!.dice!.roll();
    this.#attempts.struck = true;
    if (stroke.fault === '') return false;
    if (this.#stroke === null) this.#counter!.faulted++;
    this.#stroke = stroke;
    if (stroke.delayMs < 1) return this.#land(stroke);
    this.#counter!.flagged('DI');
    this.#later(stroke.delayMs, () => this.#land(stroke) || this.#dispatch(performance.now()));
    return true;
  }

  /** @returns whether the fault has broken the attempt off */
  #land(stroke: Stroke): boolean {
    if (stroke.end === 'pass') return false;
    if (stroke.end === 'error') this.#fail({ code: 'fault', status: stroke.status });
    else if (stroke.end === 'reset') this.#next(null, 'reset', false, 'fault');
    else {
      this.#counter!.flagged('FI');
      this.#counter!.failed++;
      this.#detach();
      this.#over(0);
      this.#client.reset();
    }
    return true;
  }

  #dispatch(now: number): void {
    if (this.#lane!.dice !== null && !this.#attempts.struck && this.#strike()) return;
    const endpoint = this.#service!.pick(this.#key, this.#attempts.tried, now);
    if (endpoint === null) {
      this.#wait(now);
      return;
    }
    const connection =
      (this.#attempts.needsFresh ? null : endpoint.takeIdle(this.#idempotent && this.#held.isWhole, now)) ??
      new UpstreamConnection(endpoint, this.#context.limits, this.#context.sweeper);
    this.#upstream = connection;
    this.#endpoint = endpoint;
    endpoint.begun();
    connection.receiver = this;
    if (connection.isOpen) this.#transmit(now);
    else this.#phase = 'connecting';
  }

  #transmit(now: number): void {
    this.#phase = 'sent';
    this.#parking?.sent();
    this.#sentAt = now;
    this.#attempts.count++;
    const more = this.#upstream!.send(this.#requestHead, this.#held.pieces, this.#relay.isHead);
    if (!this.#idempotent) this.#held.drop();
    if (this.#client.bodyDone) this.#awaitHead(now);
    else if (more) this.#client.resumeReading();
    else this.#client.pauseReading();
  }

  #awaitHead(now: number): void {
    this.#deadline = now + (this.#passage!.compiled?.backendMs || this.#context.limits.responseHeadMs);
  }

  /** No instance to try. */
  #wait(now: number): void {
    this.#phase = 'parked';
    this.#deadline = 0;
    this.#parking ??= new Parking(this, this.#service!, this.#counter!, this.#context.limits);
    this.#parking.enter(now);
  }

  onConnected(): void {
    this.#transmit(performance.now());
  }

  onInformational(head: ResponseHead): void {
    this.#relay.informational(head);
  }

  onResponseHead(head: ResponseHead): { raw: boolean; trailers: boolean } | 'tunnel' | null {
    const endpoint = this.#endpoint!;
    this.#service!.answered(endpoint, head.status, performance.now() - this.#sentAt);
    this.#deadline = 0;
    if (head.status !== 101) {
      this.#phase = 'responding';
      this.#held.drop();
      const own = endpoint.replicaLine + (this.#stroke?.line ?? '');
      return this.#relay.begin(head, own, this.#passage!.responseHeaders);
    }
    if (!this.#relay.maySwitch(head)) {
      this.onUpstreamFailed('bad-response', '101 to a request that did not ask for it');
      return null;
    }
    this.#phase = 'tunnel';
    this.#totalDeadline = 0;
    this.#relay.switching(head, endpoint.replicaLine);
    this.#client.startTunnel(new Tunnel(this.#client.socket, this.#upstream!.socket));
    return 'tunnel';
  }

  onResponseBytes(buffer: Buffer, start: number, end: number): void {
    if (!this.#relay.bytes(buffer, start, end)) this.#upstream?.socket.pause();
  }

  onResponseText(text: string): void {
    if (!this.#relay.text(text)) this.#upstream?.socket.pause();
  }

  onResponsePause(): void {
    this.#client.flush();
  }

  onResponseEnd(reusable: boolean): void {
    this.#relay.end();
    const keep = reusable && this.#client.bodyDone && !this.#uploadOver;
    const upstream = this.#upstream!;
    this.#leaveEndpoint();
    upstream.release(keep);
    this.#over(this.#relay.status);
    this.#client.exchangeEnded(this.#relay.keepAlive);
  }

  onTunnelBytes(buffer: Buffer, start: number, end: number): void {
    this.#client.tunnel?.fromUpstream(buffer, start, end);
  }

  onTunnelEnd(): void {
    if (this.#client.tunnel?.upstreamEnd()) this.#client.destroy();
  }

  onUpstreamDrain(): void {
    if (this.#client.tunnel) this.#client.tunnel.upstreamDrained();
    else this.#client.resumeReading();
  }

  /** The instance reads no more of the body; its answer may still come. */
  onUploadRefused(): void {
    this.#uploadOver = true;
    this.#client.resumeReading();
  }

  onUpstreamFailed(failure: Failure, detail: string): void {
    const endpoint = this.#endpoint!;
    const stale = this.#upstream?.reused === true;
    this.#detach();
    if (this.#phase === 'tunnel') {
      this.#client.reset();
      return;
    }
    if (this.#phase === 'responding') {
      this.#counter!.failed++;
      this.#counter!.flagged('UC');
      this.#over(this.#relay.status);
      this.#client.reset();
      return;
    }
    this.#next(endpoint, failure, stale, detail);
  }

  /** An attempt has failed. */
  #next(endpoint: Endpoint | null, failure: Failure, stale: boolean, detail: string): void {
    const now = performance.now();
    const repeatable = this.#idempotent && this.#held.isWhole && !this.#relay.continued;
    const next = this.#attempts.after(
      { endpoint, failure, stale, repeatable },
      this.#service!,
      this.#context.limits.retries,
      now,
    );
    if (next !== 'replay' && endpoint !== null) this.#service!.failed(endpoint, failure, now);
    if (next === 'retry' || next === 'retry-later') this.#counter!.retries++;
    if (next === 'retry-later') this.#later(retryPauseMs(this.#attempts.retries), () => this.resume());
    else if (next !== 'give-up') this.#dispatch(now);
    else this.#fail({ code: PROBLEM_OF[failure], detail });
  }

  #later(ms: number, then: () => void): void {
    this.#phase = 'pausing';
    this.#pause = setTimeout(() => {
      this.#pause = null;
      then();
    }, ms);
  }

  #fail(problem: Problem): void {
    if (this.#phase === 'over') return;
    const { flag } = PROBLEMS[problem.code];
    if (this.#counter) {
      this.#counter.failed++;
      this.#counter.flagged(this.#stroke !== null && this.#stroke.end !== 'pass' ? 'FI' : flag);
    }
    if (this.#phase === 'responding') {
      this.#over(this.#relay.status);
      this.#client.reset();
      return;
    }
    const keepAlive = this.#relay.keepAlive && this.#client.bodyDone && !this.#client.listener.closing;
    const service = this.#service === null ? {} : { service: this.#service.name, attempts: this.#attempts.count };
    const fault = this.#stroke === null ? {} : { fault: this.#stroke.fault, edge: edgeLabel(this.#lane!) };
    this.#client.writeProblem(this.#withLines({ ...service, ...fault, ...problem }), keepAlive);
    this.#over(problem.status ?? PROBLEMS[problem.code].status);
    this.#client.exchangeEnded(keepAlive);
  }

  #withLines(problem: Problem): Problem {
    const lines = (problem.lines ?? '') + (this.#passage?.problemLines ?? '');
    return lines === '' ? problem : { ...problem, lines };
  }

  /** Lets go of the instance, breaking off what is under way. */
  #detach(): void {
    this.#parking?.leave();
    if (this.#pause) clearTimeout(this.#pause);
    this.#pause = null;
    this.#deadline = 0;
    this.#upstream?.destroy();
    this.#leaveEndpoint();
  }

  #leaveEndpoint(): void {
    this.#endpoint?.ended();
    this.#endpoint = null;
    this.#upstream = null;
  }

  /** @param status 0 when the client went before there was one */
  #over(status: number): void {
    this.#phase = 'over';
    this.#held.drop();
    if (!this.#counter) return;
    this.#counter.inFlight--;
    if (status > 0) this.#counter.finished(status, performance.now() - this.#startedAt);
  }
}
