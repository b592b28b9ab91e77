// msvc:if calls
/**
 * Calls another service over its declared edge. The address in `<NAME>_URL` is a loopback port of msvc's gateway that
 * belongs to this caller and that callee: balancing, and waiting through a restart, happen there.
 */
import { Problem } from './problem.ts';
import { type Trace, traceHeaders } from './trace.ts';

const TIMEOUT_MS = 5_000;

export interface PeerAnswer {
  readonly status: number;
  /** Parsed; null when it was no JSON. */
  readonly body: unknown;
}

/**
 * @param name a service in `calls` of msvc.yaml
 * @returns whatever the callee answered below 500
 * @throws Problem 503 when no usable answer came; whether the callee did the work is then unknown
 */
export async function callPeer(
  name: string,
  method: string,
  path: string,
  { trace, body }: { readonly trace?: Trace; readonly body?: unknown } = {},
): Promise<PeerAnswer> {
  const variable = `${name.toUpperCase().replace(/[^A-Z0-9]/g, '_').replace(/^(?=\d)/, '_')}_URL`;
  const base = process.env[variable];
  if (!base) throw new Error(`${variable} is not set: does the service declare calls: [${name}] in msvc.yaml?`);
  let status: number;
  let text: string;
  try {
    const response = await fetch(new URL(path, base), {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(trace && traceHeaders(trace)),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    const { cause, name: kind } = error as Error & { readonly cause?: { readonly code?: string } };
    throw unavailable(name, cause?.code ?? kind);
  }
  if (status >= 500) throw unavailable(name, `status ${status}`);
  return { status, body: parse(text) };
}

function unavailable(name: string, reason: string): Problem {
  return new Problem(503, 'peer-unavailable', `${name} gave no answer (${reason})`, { peer: name, reason });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
// msvc:end
