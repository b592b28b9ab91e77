/** pm2: a daemon of its own for each round, logs to files, probes nothing. `pm2 kill` ends it and all it runs. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Workspace } from '../harness/workspace.ts';
import { indexes, type System, serviceName } from './system.ts';

const BIN = 'pm2/bin/pm2';

export function pm2Command(work: Workspace): readonly string[] {
  return [process.execPath, work.rival(BIN)];
}

/** Its own home, and no question to the network whether it is the newest. */
export function pm2Environment(home: string): Record<string, string> {
  return { PM2_HOME: home, PM2_DISABLE_VERSION_CHECK: 'true', PM2_DISCRETE_MODE: 'true' };
}

export function pm2Missing(work: Workspace): string | undefined {
  return existsSync(work.rival(BIN)) ? undefined : 'not installed';
}

export const pm2: System = {
  name: 'pm2',
  role: 'rival',
  missing: pm2Missing,
  plan: (work, fleet) => {
    const config = path.join(fleet.dir, 'ecosystem.config.json');
    const apps = indexes(fleet.count).map((index) => ({
      name: serviceName(index),
      script: fleet.program,
      interpreter: 'none',
      env: { PORT: String(fleet.firstPort + index) },
    }));
    writeFileSync(config, JSON.stringify({ apps }));
    return {
      start: [...pm2Command(work), 'start', config],
      stop: { command: [...pm2Command(work), 'kill'] },
      cwd: fleet.dir,
      env: pm2Environment(path.join(fleet.dir, 'pm2')),
      detached: true,
    };
  },
};
