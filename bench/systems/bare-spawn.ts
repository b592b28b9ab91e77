/** The floor of what is written for Node: see `fixtures/bare-spawn.mjs`. */
import { CTRL_C, type System } from './system.ts';

export const bareSpawn: System = {
  name: 'node bare spawn',
  role: 'floor',
  missing: () => undefined,
  plan: (work, fleet) => ({
    start: [
      process.execPath,
      work.fixture('bare-spawn.mjs'),
      String(fleet.firstPort),
      String(fleet.count),
      fleet.program,
    ],
    stop: { key: CTRL_C },
    cwd: fleet.dir,
    env: {},
    detached: false,
  }),
};
