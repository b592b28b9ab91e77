/** Again whatever the exit, until msvc is asked to stop it. */
import type { RestartPolicy } from './policy.ts';

export const always: RestartPolicy = {
  policy: 'always',
  summary: 'restarted whenever it ends by itself',
  decide: () => 'restart',
};
