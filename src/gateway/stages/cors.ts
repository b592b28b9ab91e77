/** The CORS filter: answers preflights, and adds its fields to the answers of actual requests. */
import { fieldValue } from '../http/fields.ts';
import { joinChanges } from '../routes/compiled-route.ts';
import { CORS_FIELDS } from '../routes/cors.ts';
import { preflightMethod } from './route.ts';
import type { Stage } from './stage.ts';

const REMOVED: ReadonlySet<string> = new Set(CORS_FIELDS);

export const cors: Stage = {
  name: 'cors',
  check(passage) {
    const filter = passage.rule?.cors;
    if (!filter) return null;
    const { head } = passage;
    const { origin } = head;
    const method = preflightMethod(head);
    if (method !== undefined) {
      if (!filter.allows(origin)) {
        return { problem: { code: 'origin-not-allowed', detail: `${origin} is not among allowOrigins` } };
      }
      const names = fieldValue(head.text.slice(head.fieldsStart), 'access-control-request-headers') ?? '';
      const lines = filter.preflightLines(origin, method, names);
      return { answer: { status: 200, reason: 'OK', lines: `${lines}Content-Length: 0\r\n` } };
    }
    const lines = filter.answerLines(origin);
    passage.responseHeaders = joinChanges(passage.responseHeaders, { remove: REMOVED, lines });
    // A page must be able to read why the gateway itself refused.
    passage.problemLines += lines;
    return null;
  },
};
