/** The default: again after a failure, `on-failure:3` at most so often in a row. */
import { isCompletion, type RestartPolicy } from './policy.ts';

export const onFailure: RestartPolicy = {
  policy: 'on-failure',
  summary: 'restarted after a failure; exit 0 of something without a port is completed',
  decide(spec, ended) {
    if (isCompletion(ended)) return 'completed';
    return ended.attempts < (spec.maxAttempts ?? Number.POSITIVE_INFINITY) ? 'restart' : 'failed';
  },
};
