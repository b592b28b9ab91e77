/** `msvc up` on a terminal: starts the system, shows it, and stops it when its owner says so. */
import path from 'node:path';
import { engineGone } from '../../control/gone.ts';
import { MsvcError } from '../../model/error.ts';
import { begin } from '../attach/begin.ts';
import type { UpFlags } from '../attach/options.ts';
import { Stopper } from '../attach/stopper.ts';
import type { Context } from '../context.ts';
import { watchStop } from '../engine/watch-stop.ts';
import { duration } from '../wording/time.ts';
import type { Left } from './dashboard.ts';

export async function dashboardUp(context: Context, services: readonly string[], flags: UpFlags): Promise<number> {
  const stopper = new Stopper();
  stopper.arm();
  try {
    let loading: Promise<typeof import('./dashboard.ts')> | undefined;
    const waiting = (): void => {
      // Ink and React load while the engine starts.
      loading = import('./dashboard.ts');
      loading.catch(() => {});
    };
    const begun = await begin(context, services, flags, { waiting });
    const { client, definition, view, before, labels, at } = begun;
    const { project } = definition;
    try {
      const { Dashboard } = await (loading ?? import('./dashboard.ts'));
      if (stopper.count > 0) return await leave(context, client, 'stop');
      stopper.disarm();
      const dashboard = new Dashboard({
        context,
        client,
        project,
        view,
        since: before,
        labels,
        logDir: path.join(project.stateDir, 'logs'),
        logsSinceMs: before.seq === 0 ? at : before.engine?.startedAt,
        isOwner: view.owners > 0,
      });
      const left = await dashboard.run();
      if (left === 'stop' && dashboard.view.owners > 1)
        return tell(context, 'the system runs on: another terminal owns it too');
      return await leave(context, client, left);
    } finally {
      client.close();
    }
  } finally {
    stopper.disarm();
  }
}

type Begun = Awaited<ReturnType<typeof begin>>;

/** What is left to do on the plain screen. @returns the exit code */
async function leave(context: Context, client: Begun['client'], left: Left): Promise<number> {
  switch (left) {
    case 'lost':
      throw new MsvcError('MSVC_ENGINE_LOST', 'the engine went away');
    case 'stopped':
      await engineGone(client);
      return tell(context, 'the system was stopped');
    case 'detach':
      await client.request('lease', { hold: false });
      return tell(context, 'the system runs on; `msvc dash` shows it, `msvc down` stops it');
    case 'stop':
      break;
  }
  const from = performance.now();
  tell(context, 'stopping in order; Ctrl-C again kills what is left');
  let isForced = false;
  const force = (): void => {
    isForced = true;
  };
  process.on('SIGINT', force);
  try {
    await watchStop(context, client, () => client.request('down', { volumes: false })).catch((error: MsvcError) => {
      if (error.code !== 'MSVC_ENGINE_LOST' && error.code !== 'MSVC_STOPPING') throw error;
    });
  } finally {
    process.off('SIGINT', force);
  }
  await engineGone(client);
  tell(context, `stopped in ${duration(performance.now() - from)}`);
  return isForced ? 130 : 0;
}

function tell({ out }: Context, text: string): 0 {
  out.line(`msvc   ${text}`);
  return 0;
}
