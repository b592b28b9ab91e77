/** The contract of what answers on the registry's HTTP port. Other parts (metrics) add handlers of their own. Types and helpers only. */

export interface FaceRequest {
  readonly method: string;
  /** Decoded segments of the path: `/v1/agent/services` -> `v1`, `agent`, `services`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** Whole; already within bounds. */
  readonly body: string;
  /** Aborts when the client has gone, or the port closes. */
  readonly gone: AbortSignal;
}

export interface FaceResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, anything else as JSON; undefined = no body. */
  readonly body?: unknown;
  /** Of a text; default `text/plain; charset=utf-8`. */
  readonly type?: string;
}

/** @returns null when the request is not for it */
export type FaceHandler = (request: FaceRequest) => FaceResponse | null | Promise<FaceResponse | null>;

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
