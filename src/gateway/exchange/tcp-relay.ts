/**
 * One accepted connection to a service that does not speak HTTP (`protocol: tcp`): an instance is picked as for a
 * request, waited for while one is expected, and then bytes go both ways, half-closed sides kept. Owns its socket.
 * Nothing is read from the client before there is an instance.
 */
import type { Socket } from 'node:net';
import { readAccepted } from '../io/reader.ts';
import type { Timed } from '../io/sweeper.ts';
import type { Endpoint } from '../services/endpoint.ts';
import type { Lane } from '../services/lane.ts';
import type { Service } from '../services/service.ts';
import type { GatewayContext } from './context.ts';
import { plainAddress } from './forwarded.ts';
import type { ListenedConnection, ListenerContext } from './listener-context.ts';
import { type Parked, Parking } from './parking.ts';
import { Tunnel } from './tunnel.ts';
import { type Failure, type Receiver, UpstreamConnection } from './upstream-connection.ts';

export class TcpRelay implements ListenedConnection, Parked, Receiver, Timed {
  readonly isIdle = false;
  readonly #socket: Socket;
  readonly #listener: ListenerContext;
  readonly #context: GatewayContext;
  readonly #service: Service;
  readonly #lane: Lane;
  readonly #key: string;
  #endpoint: Endpoint | null = null;
  #upstream: UpstreamConnection | null = null;
  #tunnel: Tunnel | null = null;
  #parking: Parking | null = null;
  #tried: Endpoint[] = [];
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
    listener.connections.add(this);
    context.sweeper.add(this);
    socket.pause();
    socket.on('end', () => this.#tunnel?.clientEnd() && this.destroy());
    socket.on('drain', () => this.#tunnel?.clientDrained());
    // Reasons are of no use: the close that follows does what is to be done.
    socket.on('error', () => {});
    socket.on('close', () => this.destroy());
    this.#dispatch(performance.now());
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.connections.delete(this);
    this.#context.sweeper.delete(this);
    this.#lane.counter.inFlight--;
    this.#parking?.leave();
    this.#leave();
    this.#socket.destroy();
  }

  sweep(now: number): void {
    if (this.#tunnel === null && this.#endpoint === null) this.#parking?.sweep(now, false);
  }

  resume(): void {
    this.#tried = [];
    this.#dispatch(performance.now());
  }

  fail(): void {
    this.#lane.counter.failed++;
    this.#break();
  }

  onConnected(): void {
    const upstream = this.#upstream!;
    this.#parking?.sent();
    upstream.openTunnel();
    this.#tunnel = new Tunnel(this.#socket, upstream.socket);
    this.#socket.resume();
  }

  onTunnelBytes(buffer: Buffer, start: number, end: number): void {
    this.#tunnel?.fromUpstream(buffer, start, end);
  }

  onTunnelEnd(): void {
    if (this.#tunnel?.upstreamEnd()) this.destroy();
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
      this.#break();
      return;
    }
    const now = performance.now();
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

  #dispatch(now: number): void {
    const endpoint = this.#service.pick(this.#lane, this.#key, this.#tried.length === 0 ? null : this.#tried, now);
    if (endpoint === null) {
      this.#parking ??= new Parking(this, this.#service, this.#lane, this.#context.limits);
      this.#parking.enter(now);
      return;
    }
    this.#endpoint = endpoint;
    endpoint.begun();
    this.#upstream = new UpstreamConnection(endpoint, this.#lane.limits, this.#context.sweeper);
    this.#upstream.receiver = this;
  }

  /** Neither side may take what it got for all there is. */
  #break(): void {
    this.#upstream?.socket.resetAndDestroy();
    this.#socket.resetAndDestroy();
    this.destroy();
  }

  #leave(): void {
    this.#upstream?.destroy();
    this.#upstream = null;
    this.#endpoint?.ended();
    this.#endpoint = null;
  }
}
