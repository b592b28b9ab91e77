/** Never again: jobs, and services a person wants to see fail. */
import { isCompletion, type RestartPolicy } from './policy.ts';

export const no: RestartPolicy = {
  policy: 'no',
  summary: 'never restarted; exit 0 of a job is completed, anything else is failed',
  decide: (_spec, ended) => (isCompletion(ended) ? 'completed' : 'failed'),
};
