/**
 * One request's way: through the stages, to an instance (perhaps to another one, perhaps after waiting), and its answer
 * back. Owns the decision to repeat, to wait and to give up; the connections on both sides own their bytes.
 */

import type { Flag } from '../../model/flags.ts';
import { accessOf } from '../access-log/access-of.ts';
import type { Dice, Stroke } from '../faults/dice.ts';
import type { ChunkSink } from '../http/chunked.ts';
import { isIdempotent } from '../http/methods.ts';
import type { ResponseHead } from '../http/response-head.ts';
import { monotonicMs } from '../io/clock.ts';
import { PROBLEMS, type Problem } from '../problems/problems.ts';
import type { Endpoint } from '../services/endpoint.ts';
import { retryPauseMs } from '../services/retry-budget.ts';
import type { Waiter } from '../services/waiter.ts';
import { passStages } from '../stages/index.ts';
import { Passage, type Verdict } from '../stages/stage.ts';
import { type AttemptFailure, Attempts, PROBLEM_OF } from './attempts.ts';
import type { ClientSide } from './client-side.ts';
import type { GatewayContext } from './context.ts';
import { type Parked, Parking } from './parking.ts';
import { ResponseRelay } from './response-relay.ts';
import { Upload } from './upload.ts';
import { type Failure, isBroken, type Receiver, UpstreamConnection } from './upstream-connection.ts';
import { Way, withLines } from './way.ts';

type Phase = 'new' | 'queued' | 'parked' | 'pausing' | 'connecting' | 'sent' | 'responding' | 'tunnel' | 'over';

export class Exchange implements Receiver, Parked, Waiter, ChunkSink {
  readonly #client: ClientSide;
  readonly #context: GatewayContext;
  readonly #startedAt = monotonicMs();
  readonly #upload: Upload;
  readonly #relay: ResponseRelay;
  /** null until the stages have let it pass. */
  #way: Way | null = null;
  /** What a fault did to it. */
  #stroke: Stroke | null = null;
  /** What the stages found out. */
  readonly #passage: Passage;
  #phase: Phase = 'new';
  #upstream: UpstreamConnection | null = null;
  #endpoint: Endpoint | null = null;
  readonly #attempts = new Attempts();
  #parking: Parking | null = null;
  #pause: NodeJS.Timeout | null = null;

  constructor(client: ClientSide, context: GatewayContext) {
    this.#client = client;
    this.#context = context;
    this.#passage = new Passage(client.head, client.listener, context.matcher, context.limits, client.peer);
    this.#relay = new ResponseRelay(client);
    this.#upload = new Upload(client, context.limits.heldBytes, isIdempotent(client.head.method));
  }

  /** The head has been read, and as much of the body as came with it. */
  start(): void {
    const verdict = passStages(this.#passage);
    if (!(verdict instanceof Promise)) this.#begin(verdict, this.#startedAt);
    else void verdict.then((late) => this.#phase !== 'over' && this.#begin(late, monotonicMs()));
  }

  /** The stages have decided. What came of the body meanwhile is held. */
  #begin(verdict: Verdict, now: number): void {
    if (verdict !== null) {
      if ('problem' in verdict) {
        this.fail(verdict.problem);
        return;
      }
      const keepAlive = this.#relay.keepAlive && this.#client.bodyDone;
      this.#client.writePlain(verdict.answer, keepAlive);
      this.#over(verdict.answer.status);
      this.#client.exchangeEnded(keepAlive);
      return;
    }
    this.#way = new Way(this.#client, this.#passage, this.#context, this.#startedAt);
    this.#entered(this.#way.enter(this, now), now);
  }

  #entered(entered: 'in' | 'wait' | 'full', now: number): void {
    if (entered === 'in') this.#dispatch(now);
    else if (entered === 'full') this.fail({ code: 'limit-reached', retryAfter: 1 });
    else this.#phase = 'queued';
  }

  bytes(buffer: Buffer, start: number, end: number): void {
    if (this.#phase !== 'over') this.#upload.bytes(buffer, start, end);
  }

  onBodyEnd(): void {
    if (this.#phase === 'sent') this.#way!.deadlines.awaitHead(monotonicMs());
  }

  onClientDrain(): void {
    if (this.#phase === 'responding') this.#way!.deadlines.taken();
    this.#upstream?.socket.resume();
  }

  /** The body turned out not to be acceptable. */
  refuse(problem: Problem): void {
    this.#detach();
    this.#relay.keepAlive = false;
    this.fail(problem);
  }

  /** The client has gone. */
  cancel(): void {
    if (this.#phase === 'over') return;
    this.#flagged('DC');
    this.#detach();
    this.#over(0);
  }

  sweep(now: number): void {
    const due = this.#way?.deadlines.due(now) ?? 'nothing';
    const phase = this.#phase;
    const endpoint = this.#endpoint;
    if (phase === 'parked') this.#parking!.sweep(now, due === 'whole');
    if (phase === 'parked' || due === 'nothing') return;
    this.#detach();
    if (due === 'whole') this.fail({ code: 'deadline-over' });
    else if (phase === 'queued') this.fail({ code: 'limit-reached', retryAfter: 1 });
    else if (phase === 'responding') this.#abandon('SI', this.#relay.status);
    else if (due === 'try') this.#next(endpoint, 'timeout', false, 'one try');
    else {
      if (endpoint !== null) this.#way!.service.failed(endpoint, 'timeout', now);
      this.fail({ code: 'response-timeout' });
    }
  }

  /** Its turn has come. */
  wake(): void {
    this.#entered(this.#way!.turn(this), monotonicMs());
  }

  resume(): void {
    this.#attempts.forgetTried();
    this.#dispatch(monotonicMs());
  }

  /** Draws the faults of the edge, once for each attempt. @returns whether it may be sent at once */
  #strike(dice: Dice): boolean {
    const stroke = dice.roll();
    const { counter, deadlines } = this.#way!;
    this.#attempts.strike(stroke);
    if (stroke.fault === '') return true;
    if (this.#stroke === null) counter.faulted++;
    this.#stroke = stroke;
    if (stroke.delayMs >= 1 || stroke.bytesPerSecond > 0) this.#flagged('DI');
    if (stroke.delayMs < 1) return this.#land(stroke);
    deadlines.delay(monotonicMs(), stroke.delayMs);
    this.#later(stroke.delayMs, () => this.#land(stroke) && this.#dispatch(monotonicMs()));
    return false;
  }

  /** @returns whether it may be sent after all */
  #land({ end, status }: Stroke): boolean {
    if (end === 'error') this.fail({ code: 'fault', status });
    else if (end === 'reset') this.#next(null, 'reset', false, 'fault');
    else if (end === 'abort') this.#breakOff('FI');
    return end === 'pass';
  }

  /** Resets the client's connection, so that it does not take what it got, if anything, for an answer. */
  #breakOff(flag: Flag): void {
    this.#flagged(flag);
    this.#way!.failed(flag, null);
    this.#over(this.#relay.status);
    this.#client.reset();
  }

  /** The client takes no more of its answer, or its tunnel broke: no failed request, but it must not look whole. */
  #abandon(flag: Flag, status: number): void {
    this.#flagged(flag);
    this.#over(status);
    this.#client.reset();
  }

  /** Notes why the client did not simply get the service's answer. */
  #flagged(flag: Flag): void {
    this.#passage.flag = flag;
    this.#way?.counter.flagged(flag);
  }

  #dispatch(now: number): void {
    const way = this.#way!;
    const { lane } = way;
    if (way.isShut(now)) {
      this.fail({ code: 'circuit-open', retryAfter: way.retryAfter(now) });
      return;
    }
    if (lane.dice !== null && !this.#attempts.struck && !this.#strike(lane.dice)) return;
    const endpoint = way.pick(this.#attempts.tried, now);
    if (endpoint === null) {
      this.#wait(now);
      return;
    }
    const connection =
      (this.#attempts.needsFresh ? null : endpoint.takeIdle(this.#upload.isRepeatable(false), now)) ??
      new UpstreamConnection(endpoint, lane.limits, this.#context.sweeper, this.#stroke?.bytesPerSecond);
    this.#upstream = connection;
    this.#endpoint = endpoint;
    this.#way!.deadlines.beginTry(now);
    endpoint.begun();
    connection.receiver = this;
    way.picked(endpoint.id, connection.isOpen ? 0 : now);
    if (connection.isOpen) this.#transmit(now);
    else this.#phase = 'connecting';
  }

  #transmit(now: number): void {
    this.#phase = 'sent';
    this.#parking?.sent();
    this.#way!.sent(now);
    this.#attempts.count++;
    this.#upload.send(this.#way!.head(now), this.#upstream!, this.#relay.isHead, this.#way!.deadlines, now);
  }

  /** There is no instance to try now. */
  #wait(now: number): void {
    this.#phase = 'parked';
    this.#way!.deadlines.clear();
    this.#parking ??= new Parking(this, this.#way!.service, this.#way!.lane, this.#context.limits);
    this.#parking.enter(now);
  }

  onConnected(): void {
    this.#transmit(monotonicMs());
  }

  onInformational(head: ResponseHead): void {
    this.#relay.informational(head);
    if (head.status === 100) this.#upload.continued();
  }

  onResponseHead(head: ResponseHead): { raw: boolean; trailers: boolean } | 'tunnel' | null {
    const endpoint = this.#endpoint!;
    const now = monotonicMs();
    this.#way!.headAt = now;
    this.#way!.service.answered(endpoint, head.status, now - this.#way!.sentAt);
    this.#way!.deadlines.clear();
    if (head.status >= 400 && this.#mayRepeat(false) && this.#client.bodyDone) {
      if (this.#attempts.worthAnother(head.status, this.#way!.lane, now)) {
        this.#detach();
        this.#next(endpoint, 'status', false, '');
        return null;
      }
    }
    this.#way!.ticket.answered(head.status, now);
    if (head.status !== 101) {
      this.#phase = 'responding';
      this.#upload.answered();
      const own = endpoint.replicaLine + (this.#stroke?.line ?? '') + this.#way!.timingLine(now);
      return this.#relay.begin(head, own, this.#passage.responseHeaders);
    }
    if (!this.#relay.maySwitch(head)) {
      this.onUpstreamFailed('bad-response', '101 to a request that did not ask for it');
      return null;
    }
    this.#phase = 'tunnel';
    this.#way!.deadlines.end();
    this.#relay.switching(head, endpoint.replicaLine + (this.#stroke?.line ?? ''));
    this.#client.startTunnel(this.#upstream!.socket);
    return 'tunnel';
  }

  onResponseBytes(buffer: Buffer, start: number, end: number): void {
    if (!this.#relay.bytes(buffer, start, end)) this.#awaitReader();
  }

  onResponseText(text: string): void {
    if (!this.#relay.text(text)) this.#awaitReader();
  }

  /** The client has enough for now. In gRPC that is flow control, and may last for as long as it likes. */
  #awaitReader(): void {
    this.#upstream?.socket.pause();
    if (!this.#client.isGrpc) this.#way!.deadlines.awaitReader(monotonicMs());
  }

  onResponsePause(): void {
    this.#client.flush();
  }

  onResponseEnd(reusable: boolean): void {
    this.#relay.end();
    const keep = reusable && this.#client.bodyDone && !this.#upload.isRefused;
    const upstream = this.#upstream!;
    const now = monotonicMs();
    this.#leaveEndpoint();
    upstream.release(keep, now);
    this.#over(this.#relay.status, now);
    this.#client.exchangeEnded(this.#relay.keepAlive, now);
  }

  onTunnelBytes(buffer: Buffer, start: number, end: number): void {
    this.#client.tunnel?.fromUpstream(buffer, start, end);
  }

  onTunnelEnd(): void {
    this.#client.tunnel?.upstreamEnd();
  }

  onUpstreamDrain(): void {
    if (this.#client.tunnel) this.#client.tunnel.upstreamDrained();
    else this.#upload.drained();
  }

  onUploadRefused(): void {
    this.#upload.refused();
  }

  onUpstreamFailed(failure: Failure, detail: string): void {
    const endpoint = this.#endpoint!;
    const stale = this.#upstream?.reused === true;
    this.#detach();
    if (this.#phase === 'tunnel') this.#abandon('UC', 0);
    else if (this.#phase === 'responding') this.#breakOff('UC');
    else this.#next(endpoint, failure, stale, detail);
  }

  #mayRepeat(isUnprocessed: boolean): boolean {
    return this.#upload.isRepeatable(isUnprocessed) && !this.#relay.continued;
  }

  /** An attempt has failed. */
  #next(endpoint: Endpoint | null, failure: AttemptFailure, stale: boolean, detail: string): void {
    const now = monotonicMs();
    const repeatable = this.#mayRepeat(failure === 'unprocessed');
    const { retries } = this.#way!.lane.policy;
    const next = this.#attempts.after(
      { endpoint, failure, stale, repeatable },
      this.#way!.service,
      { most: retries.attempts, budget: this.#way!.lane.budget },
      now,
    );
    if (next !== 'replay' && endpoint !== null && failure !== 'status')
      this.#way!.service.failed(endpoint, failure, now);
    if (next === 'retry' || next === 'retry-later') this.#way!.counter.retries++;
    if (next === 'retry-later') this.#later(retryPauseMs(this.#attempts.retries, retries), () => this.resume());
    else if (next !== 'give-up') this.#dispatch(now);
    else this.fail({ code: PROBLEM_OF[failure], detail }, isBroken(failure) ? endpoint : null);
  }

  #later(ms: number, then: () => void): void {
    this.#phase = 'pausing';
    this.#pause = setTimeout(() => {
      this.#pause = null;
      then();
    }, ms);
  }

  /** @param broken the instance whose connection broke */
  fail(problem: Problem, broken: Endpoint | null = null): void {
    if (this.#phase === 'over') return;
    const flag = this.#stroke !== null && this.#stroke.end !== 'pass' ? 'FI' : PROBLEMS[problem.code].flag;
    if (this.#phase === 'responding') {
      this.#breakOff(flag);
      return;
    }
    this.#flagged(flag);
    this.#way?.failed(flag, broken);
    const keepAlive = this.#relay.keepAlive && this.#client.bodyDone && !this.#client.listener.closing;
    const placed = this.#way?.placed(problem, this.#attempts.count, this.#stroke) ?? problem;
    this.#relay.bodyBytes = this.#client.writeProblem(withLines(placed, this.#passage), keepAlive);
    this.#over(problem.status ?? PROBLEMS[problem.code].status);
    this.#client.exchangeEnded(keepAlive);
  }

  /** Lets go of the instance, breaking off what is under way. */
  #detach(): void {
    this.#parking?.leave();
    if (this.#pause) clearTimeout(this.#pause);
    this.#pause = null;
    this.#way?.deadlines.clear();
    this.#upstream?.destroy();
    this.#leaveEndpoint();
  }

  #leaveEndpoint(): void {
    this.#upload.detach();
    this.#endpoint?.ended();
    this.#endpoint = null;
    this.#upstream = null;
  }

  /** @param status 0 when the client went before there was one */
  #over(status: number, now = monotonicMs()): void {
    this.#phase = 'over';
    this.#upload.drop();
    this.#way?.over(this, status, now - this.#startedAt);
    const { accessLog } = this.#context;
    if (accessLog === null) return;
    const { bodyBytes } = this.#relay;
    const ended = { status, bodyBytes, flag: this.#passage.flag, startedAt: this.#startedAt, now };
    const tried = { attempts: this.#attempts.count, fault: this.#stroke?.fault ?? '' };
    accessLog.note(accessOf(this.#client, this.#passage, this.#way, { ...ended, ...tried }));
  }
}
