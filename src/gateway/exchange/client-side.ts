/** A client's connection as its exchange and the response's relay see it. Types only. */
import type { Socket } from 'node:net';
import type { RequestHead } from '../http/request-head.ts';
import type { Problem } from '../problems/problems.ts';
import type { PlainAnswer } from '../stages/stage.ts';
import type { HopLines } from './hop-lines.ts';
import type { ListenerContext, ViaVersion } from './listener-context.ts';
import type { Tunnel } from './tunnel.ts';

export interface ClientSide {
  readonly socket: Socket;
  readonly listener: ListenerContext;
  readonly head: RequestHead;
  readonly hop: HopLines;
  /** The client's address. */
  readonly peer: string;
  /** Of HTTP, as received. */
  readonly version: ViaVersion;
  /** The request has a body, of gRPC. */
  readonly isGrpc: boolean;
  readonly tunnel: Tunnel | null;
  /** The client rightly keeps its whole body back until it gets 100 or an answer (RFC 9110 10.1.1). */
  holdsBody: boolean;
  /** All of the request's body has been read. */
  readonly bodyDone: boolean;
  beginResponse(lines: string): void;
  /** @returns false when the socket wants a pause */
  writeBytes(buffer: Buffer, start: number, end: number): boolean;
  writeText(text: string): boolean;
  flush(): void;
  pauseReading(): void;
  resumeReading(): void;
  exchangeEnded(keepAlive: boolean, now?: number): void;
  /** @returns bytes of the answer's body */
  writeProblem(problem: Problem, keepAlive: boolean): number;
  writePlain(answer: PlainAnswer, keepAlive: boolean): void;
  /** From now on bytes go both ways as they are. @param upstream of the instance */
  startTunnel(upstream: Socket): void;
  /** Ends the connection so that the client cannot take what it got for a whole message. */
  reset(): void;
}
