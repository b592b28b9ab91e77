/**
 * Calls another service over its declared edge. The address in `<NAME>_URL` is a loopback port of msvc's gateway that
 * belongs to this caller and that callee: balancing and waiting through a restart happen there, not here.
 */
import { Problem } from './problem.js';
import { traceHeaders } from './trace.js';

const TIMEOUT_MS = 5000;

/**
 * @returns {Promise<{ status: number, body: any, replica: string | null }>} whatever the callee answered below 500
 * @throws {Problem} 503 `<name>-unreachable` when no usable answer came; whether the callee did the work is then
 *   unknown, so repeat the call with the same idempotency key, or undo it.
 */
export async function call(name, method, path, { trace, body, idempotencyKey } = {}) {
  const base = process.env[`${name.toUpperCase()}_URL`];
  if (!base) throw new Error(`${name.toUpperCase()}_URL is not set: does the service declare calls: [${name}]?`);
  let response;
  let text;
  try {
    response = await fetch(new URL(path, base), {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
        ...(trace && traceHeaders(trace)),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (error) {
    throw unreachable(name, error.cause?.code ?? error.name);
  }
  if (response.status >= 500) throw unreachable(name, `status ${response.status}`);
  return { status: response.status, body: parse(text), replica: response.headers.get('x-msvc-replica') };
}

function unreachable(name, reason) {
  return new Problem(503, `${name}-unreachable`, `${name} gave no answer (${reason})`, { service: name, reason });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
