/** Which of a route's services gets the request, where several share it. */
import { fieldValue } from '../http/fields.ts';
import type { Stage } from './stage.ts';

export const backend: Stage = {
  name: 'backend',
  check(passage) {
    const split = passage.rule?.split;
    if (!split) return null;
    const { head } = passage;
    const value = split.header === null ? undefined : fieldValue(head.text.slice(head.fieldsStart), split.header);
    const service = split.pick(value);
    // Gateway API: requests to a rule whose weights are all 0 are answered with 500.
    if (service === null) return { problem: { code: 'no-backend', detail: 'all weights of this route are 0' } };
    passage.service = service;
    return null;
  },
};
