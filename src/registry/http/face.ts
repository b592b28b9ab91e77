/** The contract of what answers on the registry's HTTP port. Other parts (metrics) add handlers of their own. Types and helpers only. */

export interface FaceRequest {
  readonly method: string;
  /** Decoded segments of the path: `/v1/agent/services` -> `v1`, `agent`, `services`. */
  readonly segments: readonly string[];
  readonly query: Query;
  /** Whole; already within bounds. */
  readonly body: string;
  /** Tells the latest listener, once, that nobody waits for the answer any more: the client has gone, or the port closes. */
  onGone(listener: () => void): void;
}

/** Requests with the same target share one. */
export type Query = Pick<URLSearchParams, 'get' | 'getAll' | 'has'>;

/** One object for many requests is made ready for the wire once. */
export interface FaceResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, anything else as JSON; undefined = no body. */
  readonly body?: unknown;
  /** Of a text; default `text/plain; charset=utf-8`. */
  readonly type?: string;
}

/** Whoever answers later calls `send` then, once; the answer is made and written before `send` returns. */
export type LaterResponse = (send: (answer: () => FaceResponse) => void) => void;

/** null: the request is not for the handler. */
export type FaceResult = FaceResponse | LaterResponse | null;

export type FaceHandler = (request: FaceRequest) => FaceResult | Promise<FaceResult>;

/** A request that cannot be as it is. */
export class FaceError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function notAllowed(method: string, allow: string): FaceResponse {
  return { status: 405, headers: { Allow: allow }, body: `method ${method} not allowed` };
}
