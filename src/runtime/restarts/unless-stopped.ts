/** Compose's word for `always` that remembers a stop over a reboot; nothing of msvc outlives one, so they are alike. */
import type { RestartPolicy } from './policy.ts';

export const unlessStopped: RestartPolicy = {
  policy: 'unless-stopped',
  summary: 'as always: a service that was stopped on request stays stopped',
  decide: () => 'restart',
};
