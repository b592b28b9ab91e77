/** The CORS filter: answers preflights, and adds its fields to the answers of actual requests. */
import { fieldValue } from '../http/fields.ts';
import { joinChanges } from '../routes/compiled-route.ts';
import { CORS_FIELDS } from '../routes/cors.ts';
import type { Stage } from './stage.ts';

const REMOVED: ReadonlySet<string> = new Set(CORS_FIELDS);

export const cors: Stage = {
  name: 'cors',
  check(passage) {
    const filter = passage.rule?.cors;
    if (!filter) return null;
    const { head } = passage;
    const { origin } = head;
    if (head.method === 'OPTIONS' && origin !== '') {
      const fields = head.text.slice(head.fieldsStart);
      const method = fieldValue(fields, 'access-control-request-method');
      if (method !== undefined) {
        if (!filter.allows(origin)) {
          return { problem: { code: 'origin-not-allowed', detail: `${origin} is not among allowOrigins` } };
        }
        const lines = filter.preflightLines(origin, method, fieldValue(fields, 'access-control-request-headers') ?? '');
        return { answer: { status: 200, reason: 'OK', lines: `${lines}Content-Length: 0\r\n` } };
      }
    }
    const lines = filter.answerLines(origin);
    passage.responseHeaders = joinChanges(passage.responseHeaders, { remove: REMOVED, lines });
    // A page must be able to read why the gateway itself refused.
    passage.problemLines += lines;
    return null;
  },
};
