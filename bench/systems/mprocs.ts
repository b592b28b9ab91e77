/** mprocs: a Rust program, one pseudo-terminal a process and a full-screen view. Its binary is run without npm's wrapper. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Workspace } from '../harness/workspace.ts';
import { indexes, type System, serviceName } from './system.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** The package carries its binaries; nothing is downloaded later. */
export function mprocsBinary(work: Workspace): string {
  return work.rival(`mprocs/mprocs-0.9.6-linux-${ARCHITECTURES[process.arch]}-musl/mprocs`);
}

export const mprocs: System = {
  name: 'mprocs',
  role: 'rival',
  missing: (work) => (existsSync(mprocsBinary(work)) ? undefined : 'no binary for this machine in its package'),
  plan: (work, fleet) => {
    const config = path.join(fleet.dir, 'mprocs.json');
    const procs = indexes(fleet.count).map((index) => [
      serviceName(index),
      { cmd: [fleet.program], env: { PORT: String(fleet.firstPort + index) } },
    ]);
    writeFileSync(config, JSON.stringify({ procs: Object.fromEntries(procs) }));
    return { start: [mprocsBinary(work), '-c', config], stop: { key: 'q' }, cwd: fleet.dir, env: {}, detached: false };
  },
};
