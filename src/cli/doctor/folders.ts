/** The folders msvc writes to, and what dead engines left in them. */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { listEngines, stateDirFor } from '../../control/locate.ts';
import { readRuns } from '../../runtime/launch-ledger.ts';
import { isProcess } from '../../runtime/process-table.ts';
import { runtimeDir } from '../../runtime/runtime-dir.ts';
import { whereOf } from '../context.ts';
import { count } from '../wording/lists.ts';
import { type Check, ok, problem, warning } from './check.ts';

export const runtimeFolder: Check = {
  name: 'runtime folder',
  async run() {
    const dir = runtimeDir();
    const mode = statSync(dir).mode & 0o777;
    if ((mode & 0o077) !== 0) return problem(`${dir} is open to others (${mode.toString(8)})`, `\`chmod 700 ${dir}\``);
    return ok(dir);
  },
};

export const staleSockets: Check = {
  name: 'engines',
  async run() {
    const alive = listEngines();
    const sockets = readdirSync(runtimeDir()).filter((name) => name.endsWith('.sock'));
    const known = new Set(alive.map((engine) => path.basename(engine.socket)));
    const stale = sockets.filter((name) => !known.has(name));
    const running = alive.length === 0 ? 'none is running' : `${count(alive.length, 'engine')} running`;
    if (stale.length === 0) return ok(running);
    return warning(
      `${running}; ${count(stale.length, 'socket')} of engines that are gone`,
      'nothing to do: the next `msvc up` of that project cleans up',
    );
  },
};

export const stateFolder: Check = {
  name: '.msvc',
  async run(context) {
    const dir = stateDirFor(whereOf(context));
    const nearest = existsSync(dir) ? dir : path.dirname(dir);
    try {
      accessSync(nearest, constants.W_OK);
    } catch {
      return problem(`${nearest} cannot be written`, `\`ls -ld ${nearest}\` shows whose it is`);
    }
    const dead = readRuns(dir).filter((run) => !isProcess(run.engine.pid, run.engine.start));
    if (dead.length === 0) return ok(existsSync(dir) ? dir : 'not there yet; `msvc up` makes it');
    return warning('an engine was killed and may have left processes', 'the next `msvc` command cleans up');
  },
};
