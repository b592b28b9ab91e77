/** TRACE is never passed on (it would echo credentials); OPTIONS for the gateway itself is answered here. */
import type { Stage } from './stage.ts';

const ALLOW = 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n';

export const method: Stage = {
  name: 'method',
  check({ head }) {
    if (head.method === 'TRACE') return { problem: { code: 'method-not-allowed', detail: 'TRACE', lines: ALLOW } };
    if (head.method === 'OPTIONS' && (head.target === '*' || head.maxForwards === 0)) {
      return { answer: { status: 204, reason: 'No Content', lines: ALLOW } };
    }
    return null;
  },
};
