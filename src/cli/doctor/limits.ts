/** How many files and watches the system allows. A large system needs some hundreds of each. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Check, ok, warning } from './check.ts';

const ENOUGH_FILES = 4096;
const ENOUGH_WATCHES = 16_384;
const ENOUGH_INSTANCES = 64;

export const fileLimit: Check = {
  name: 'open files',
  async run() {
    // The soft limit that a child of this shell would have; Node raises its own to the hard one.
    const text = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
    if (text === 'unlimited' || Number(text) >= ENOUGH_FILES) return ok(text);
    return warning(`at most ${text} for each process`, `a big system may need more: \`ulimit -n ${ENOUGH_FILES}\``);
  },
};

export const watchLimit: Check = {
  name: 'file watches',
  async run() {
    if (process.platform !== 'linux') return ok('not limited on this system');
    const watches = sysctl('max_user_watches');
    const instances = sysctl('max_user_instances');
    const short = [
      ...(watches < ENOUGH_WATCHES ? [`fs.inotify.max_user_watches=${ENOUGH_WATCHES * 4}`] : []),
      ...(instances < ENOUGH_INSTANCES ? [`fs.inotify.max_user_instances=${ENOUGH_INSTANCES * 4}`] : []),
    ];
    const detail = `${watches} watches, ${instances} watchers`;
    return short.length === 0 ? ok(detail) : warning(`${detail}: few`, `\`sudo sysctl ${short.join(' ')}\``);
  },
};

function sysctl(name: string): number {
  return Number(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'));
}
