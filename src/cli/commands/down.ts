/** `msvc down`: stops the system in order and returns when nothing is left of it. */
import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Client } from '../../control/client.ts';
import { engineGone } from '../../control/gone.ts';
import { findEngine, stateDirFor } from '../../control/locate.ts';
import { removeData } from '../../control/state-dir.ts';
import { MsvcError } from '../../model/error.ts';
import type { CommandModule } from '../command.ts';
import { type Context, whereOf } from '../context.ts';
import { tryConnect } from '../engine/connect.ts';
import { endLeftovers } from '../engine/leftovers.ts';
import { watchStop } from '../engine/watch-stop.ts';
import { explain } from '../examples.ts';
import { durationFlag } from '../flags/duration.ts';
import { count } from '../wording/lists.ts';
import { duration } from '../wording/time.ts';

interface Options {
  readonly volumes?: boolean;
  readonly timeout?: number;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .option('-v, --volumes', 'delete the databases, the logs and the volumes of containers too')
      .option(
        '-t, --timeout <time>',
        'kill what still runs after this long, in place of stop_grace_period',
        durationFlag('--timeout'),
      );
    explain(
      command,
      [
        { line: 'msvc down', does: 'stop everything, dependants first; data and logs stay' },
        { line: 'msvc down -v', does: 'and delete the databases' },
        { line: 'msvc down -t 2', does: 'two seconds to stop, then SIGKILL' },
      ],
      ['While it waits, Ctrl-C kills what is left at once. Where nothing runs, it says so and exits 0.'],
    );
    bind(command, async (context, options: Options) => {
      const connected = await tryConnect(context);
      if (!connected) return await cleanUp(context, options);
      const { client } = connected;
      const from = performance.now();
      let running: number;
      try {
        running = await bringDown(context, client, options);
      } catch (error) {
        // It was on its way out, or was killed meanwhile: what is asked for here is that nothing of it is left.
        if (!(error instanceof MsvcError) || error.code !== 'MSVC_ENGINE_LOST') throw error;
        await engineGone(client);
        if (findEngine(whereOf(context))) throw error;
        return await cleanUp(context, options);
      } finally {
        client.close();
      }
      const took = duration(performance.now() - from);
      context.out.line(`stopped ${count(running, 'service')} in ${took}${options.volumes ? '; data deleted' : ''}`);
      return 0;
    });
  },
};

/** @returns how many services ran. @throws MsvcError MSVC_ENGINE_LOST when it ended without an answer */
async function bringDown(context: Context, client: Client, options: Options): Promise<number> {
  const view = await client.request('view', {});
  const work = () =>
    client.request('down', {
      volumes: options.volumes === true,
      ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
    });
  await watchStop(context, client, work, view);
  await engineGone(client);
  return Object.values(view.services).filter((s) => Object.values(s.instances).some((i) => i.pid !== null)).length;
}

/** No engine: there may still be processes of one that was killed, and data. */
async function cleanUp(context: Context, options: Options): Promise<number> {
  const { some, stuck } = await endLeftovers(context, { volumes: options.volumes === true });
  if (options.volumes) {
    const stateDir = stateDirFor(whereOf(context));
    // The rest knows what the container engine keeps.
    if (stuck) removeData(stateDir);
    else if (statSync(stateDir, { throwIfNoEntry: false })?.isDirectory()) await rm(stateDir, { recursive: true });
    context.out.line('nothing was running; data deleted');
  } else if (!some) {
    context.err.line('nothing was running');
  }
  return 0;
}
