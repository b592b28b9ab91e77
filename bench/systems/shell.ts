/** The floor of all: a shell that starts everything in the background and waits. */
import { CTRL_C, indexes, type System } from './system.ts';

export const shell: System = {
  name: 'shell loop',
  role: 'floor',
  missing: () => undefined,
  plan: (_work, fleet) => {
    const ports = indexes(fleet.count).map((index) => fleet.firstPort + index);
    return {
      start: ['sh', '-c', `for port in ${ports.join(' ')}; do PORT=$port ${fleet.program} & done; wait`],
      stop: { key: CTRL_C },
      cwd: fleet.dir,
      env: {},
      detached: false,
    };
  },
};
