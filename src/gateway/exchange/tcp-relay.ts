/**
 * One accepted connection to a service that does not speak HTTP (`protocol: tcp`): what holds for a request holds for it
 * as a whole. It takes its turn where so many may be at once, meets the circuit and the faults of its edge, an instance
 * is picked as for a request and waited for while one is expected; then bytes go both ways, half-closed sides kept. The
 * circuit and ejection go by whether connections come about, since nothing else can be seen from here; every refusal is
 * a reset, for want of another word. Owns its socket. Nothing is read from the client before there is an instance.
 */

import type { Socket } from 'node:net';
import type { Flag } from '../../model/flags.ts';
import type { Stroke } from '../faults/dice.ts';
import { monotonicMs } from '../io/clock.ts';
import { isReset } from '../io/node-internals.ts';
import { readAccepted } from '../io/reader.ts';
import { closeSocket, resetSocket } from '../io/send.ts';
import type { Timed } from '../io/sweeper.ts';
import { PROBLEMS, type Problem } from '../problems/problems.ts';
import type { Endpoint } from '../services/endpoint.ts';
import type { Lane } from '../services/lane.ts';
import type { Service } from '../services/service.ts';
import type { Waiter } from '../services/waiter.ts';
import type { GatewayContext } from './context.ts';
import { plainAddress } from './forwarded.ts';
import type { ListenedConnection, ListenerContext } from './listener-context.ts';
import { type Parked, Parking } from './parking.ts';
import { Ticket } from './ticket.ts';
import { Tunnel } from './tunnel.ts';
import { type Failure, type Receiver, UpstreamConnection } from './upstream-connection.ts';

export class TcpRelay implements ListenedConnection, Parked, Receiver, Timed, Waiter {
  readonly isIdle = false;
  readonly #socket: Socket;
  readonly #listener: ListenerContext;
  readonly #context: GatewayContext;
  readonly #service: Service;
  readonly #lane: Lane;
  readonly #key: string;
  readonly #ticket: Ticket;
  #endpoint: Endpoint | null = null;
  #upstream: UpstreamConnection | null = null;
  #tunnel: Tunnel | null = null;
  #parking: Parking | null = null;
  #tried: Endpoint[] = [];
  /** When its turn must have come; 0 = it does not wait for it. */
  #turnUntil = 0;
  /** The faults of the edge have been drawn. */
  #struck = false;
  /** As a fault has it; 0 = as fast as it goes. */
  #bytesPerSecond = 0;
  #delay: NodeJS.Timeout | null = null;
  #connectingAt = 0;
  #isOver = false;

  constructor(accepted: Socket, listener: ListenerContext, context: GatewayContext) {
    const socket = readAccepted(accepted, (buffer, length) => this.#tunnel?.fromClient(buffer, 0, length));
    this.#socket = socket;
    this.#listener = listener;
    this.#context = context;
    this.#service = context.directory.service(listener.spec.callee ?? '');
    this.#lane = this.#service.lane(listener.caller);
    this.#key = plainAddress(socket.remoteAddress);
    this.#lane.counter.requests++;
    this.#lane.counter.inFlight++;
    this.#ticket = new Ticket(this.#lane);
    listener.connections.add(this);
    context.sweeper.add(this);
    socket.pause();
    socket.on('end', () => this.#tunnel?.clientEnd());
    socket.on('drain', () => this.#tunnel?.clientDrained());
    // Reasons are of no use: the close that follows does what is to be done.
    socket.on('error', () => {});
    socket.on('close', () => this.#tunnel?.isClientThrough || this.destroy());
    this.#enter(monotonicMs());
  }

  /** Takes a place where only so many connections may be at once. */
  #enter(now: number): void {
    const { turnstiles, policy } = this.#lane;
    if (turnstiles.length > 0) this.#turnUntil = now + policy.limit.queueMs;
    this.#entered(this.#ticket.enter(turnstiles, this), now);
  }

  #entered(entered: 'in' | 'wait' | 'full', now: number): void {
    if (entered === 'full') this.#refuse('OV');
    if (entered !== 'in') return;
    this.#turnUntil = 0;
    this.#dispatch(now);
  }

  /** Its turn has come. */
  wake(): void {
    this.#entered(this.#ticket.turn(this), monotonicMs());
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.connections.delete(this);
    this.#context.sweeper.delete(this);
    this.#lane.counter.inFlight--;
    if (this.#delay) clearTimeout(this.#delay);
    this.#parking?.leave();
    this.#leave();
    this.#ticket.giveBack(this);
    closeSocket(this.#socket);
  }

  sweep(now: number): void {
    if (this.#socket.isPaused() && isReset(this.#socket)) this.destroy();
    else if (this.#turnUntil !== 0 && now >= this.#turnUntil) this.#refuse('OV');
    else if (this.#tunnel !== null) this.#tunnel.sweep(now);
    else if (this.#endpoint === null) this.#parking?.sweep(now, false);
  }

  resume(): void {
    this.#tried = [];
    this.#dispatch(monotonicMs());
  }

  /** No instance for it. */
  fail({ code }: Problem): void {
    this.#refuse(PROBLEMS[code].flag);
  }

  #refuse(flag: Flag): void {
    const { counter } = this.#lane;
    counter.failed++;
    counter.flagged(flag);
    this.#ticket.failed(flag, monotonicMs(), null);
    this.#break();
  }

  onConnected(): void {
    const upstream = this.#upstream!;
    const now = monotonicMs();
    this.#service.answered(this.#endpoint!, 200, now - this.#connectingAt);
    this.#ticket.answered(200, now);
    this.#parking?.sent();
    upstream.openTunnel();
    const { bodyIdleMs } = this.#context.limits;
    this.#tunnel = new Tunnel(this.#socket, upstream.socket, bodyIdleMs, () => this.destroy());
    this.#socket.resume();
  }

  onTunnelBytes(buffer: Buffer, start: number, end: number): void {
    this.#tunnel?.fromUpstream(buffer, start, end);
  }

  onTunnelEnd(): void {
    this.#tunnel?.upstreamEnd();
  }

  onUpstreamDrain(): void {
    this.#tunnel?.upstreamDrained();
  }

  onUploadRefused(): void {
    this.#break();
  }

  onUpstreamFailed(failure: Failure): void {
    const endpoint = this.#endpoint!;
    this.#upstream = null;
    this.#leave();
    if (this.#tunnel !== null) {
      this.#lane.counter.flagged('UC');
      this.#break();
      return;
    }
    const now = monotonicMs();
    this.#service.failed(endpoint, failure, now);
    this.#tried.push(endpoint);
    this.#dispatch(now);
  }

  onInformational(): void {}
  onResponseHead(): null {
    return null;
  }
  onResponseBytes(): void {}
  onResponseText(): void {}
  onResponsePause(): void {}
  onResponseEnd(): void {}

  /** @returns whether it may go on at once */
  #strike(): boolean {
    const { dice, counter } = this.#lane;
    this.#struck = true;
    const stroke = dice?.roll();
    if (stroke === undefined || stroke.fault === '') return true;
    counter.faulted++;
    this.#bytesPerSecond = stroke.bytesPerSecond;
    if (stroke.delayMs >= 1 || stroke.bytesPerSecond > 0) counter.flagged('DI');
    if (stroke.delayMs < 1) return this.#land(stroke);
    this.#delay = setTimeout(() => this.#land(stroke) && this.#dispatch(monotonicMs()), stroke.delayMs);
    return false;
  }

  /** There is no way to say more than that it broke. @returns whether it may go on after all */
  #land({ end }: Stroke): boolean {
    if (end !== 'pass') this.#refuse('FI');
    return end === 'pass';
  }

  #dispatch(now: number): void {
    if (!this.#ticket.admit(now) && this.#service.ready.length > 0) {
      this.#refuse('UO');
      return;
    }
    if (!this.#struck && !this.#strike()) return;
    const endpoint = this.#service.pick(this.#lane, this.#key, this.#tried.length === 0 ? null : this.#tried, now);
    if (endpoint === null) {
      this.#parking ??= new Parking(this, this.#service, this.#lane, this.#context.limits);
      this.#parking.enter(now);
      return;
    }
    this.#endpoint = endpoint;
    this.#connectingAt = now;
    endpoint.begun();
    this.#upstream = new UpstreamConnection(endpoint, this.#lane.limits, this.#context.sweeper, this.#bytesPerSecond);
    this.#upstream.receiver = this;
  }

  /** Neither side may take what it got for all there is. */
  #break(): void {
    if (this.#upstream) resetSocket(this.#upstream.socket);
    resetSocket(this.#socket);
    this.destroy();
  }

  #leave(): void {
    this.#upstream?.destroy();
    this.#upstream = null;
    this.#endpoint?.ended();
    this.#endpoint = null;
  }
}
