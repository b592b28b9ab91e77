/** concurrently: spawns through a shell each, prefixes lines on one terminal, probes nothing, keeps no log. */
import { existsSync } from 'node:fs';
import { CTRL_C, indexes, type System, serviceName } from './system.ts';

const BIN = 'concurrently/dist/bin/concurrently.js';

export const concurrently: System = {
  name: 'concurrently',
  role: 'rival',
  missing: (work) => (existsSync(work.rival(BIN)) ? undefined : 'not installed'),
  plan: (work, fleet) => ({
    start: [
      process.execPath,
      work.rival(BIN),
      '--names',
      indexes(fleet.count).map(serviceName).join(','),
      ...indexes(fleet.count).map((index) => `PORT=${fleet.firstPort + index} ${fleet.program}`),
    ],
    stop: { key: CTRL_C },
    cwd: fleet.dir,
    env: {},
    detached: false,
  }),
};
