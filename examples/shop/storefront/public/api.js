/**
 * Requests to the gateway this page came from. Each one is reported to `onAnswer` together with the replica that took
 * it: the gateway says so in the X-Msvc-Replica header.
 */
let onAnswer = () => {};

export function observe(listener) {
  onAnswer = listener;
}

/** @throws {Error} with the problem's sentence, when the answer is an error or none came */
export async function request(method, path, { body, headers } = {}) {
  const started = performance.now();
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Error('The gateway does not answer. Is msvc running?');
  }
  const replica = response.headers.get('x-msvc-replica') ?? 'unknown';
  onAnswer({ method, path, status: response.status, replica, ms: Math.round(performance.now() - started) });
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Error(answer?.detail ?? `${path} answered ${response.status}`);
  return answer;
}

/** Follows an order step by step until it is finished. The browser reconnects and continues by itself. */
export function follow(id, onStep) {
  const source = new EventSource(`/api/orders/${id}/events`);
  source.addEventListener('step', (event) => onStep(JSON.parse(event.data)));
  source.addEventListener('end', () => source.close());
}
