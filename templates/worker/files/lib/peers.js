// msvc:if calls
/**
 * Calls another service over its declared edge. The address in `<NAME>_URL` is a loopback port of msvc's gateway that
 * belongs to this caller and that callee: balancing, and waiting through a restart, happen there.
 */
import { traceHeaders } from './trace.js';

const TIMEOUT_MS = 5_000;

/**
 * @param {string} name a service in `calls` of msvc.yaml
 * @returns {Promise<{ status: number, body: any }>} whatever the callee answered below 500
 * @throws {Error} when no usable answer came; whether the callee did the work is then unknown
 */
export async function callPeer(name, method, path, { trace, body } = {}) {
  const variable = `${name.toUpperCase().replace(/[^A-Z0-9]/g, '_').replace(/^(?=\d)/, '_')}_URL`;
  const base = process.env[variable];
  if (!base) throw new Error(`${variable} is not set: does the service declare calls: [${name}] in msvc.yaml?`);
  let response;
  let text;
  try {
    response = await fetch(new URL(path, base), {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(trace && traceHeaders(trace)),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (error) {
    throw new Error(`${name} gave no answer (${error.cause?.code ?? error.name})`, { cause: error });
  }
  if (response.status >= 500) throw new Error(`${name} gave no answer (status ${response.status})`);
  return { status: response.status, body: parse(text) };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
// msvc:end
