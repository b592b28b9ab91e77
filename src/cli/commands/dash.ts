/** `msvc dash`: the dashboard on a system that runs already. */
import path from 'node:path';
import { MsvcError } from '../../model/error.ts';
import { EMPTY_VIEW } from '../../model/view.ts';
import type { CommandModule } from '../command.ts';
import { isInteractive } from '../dashboard/wanted.ts';
import { connect } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { placeLabel } from '../report/lines.ts';

export const { define }: CommandModule = {
  define(command, bind) {
    explain(
      command,
      [{ line: 'msvc dash', does: 'look at the running system; q leaves, and it runs on' }],
      [
        '`msvc up` on a terminal opens the same. `?` shows the keys. Without a terminal use `msvc ps`, `msvc logs` and `msvc events`.',
      ],
    );
    bind(command, async (context) => {
      if (!isInteractive(context.out.isTerminal, context.env)) {
        throw new MsvcError('MSVC_USAGE', 'the dashboard needs a terminal', {
          hint: '`msvc ps`, `msvc logs -f` and `msvc events --follow` show the same as plain lines',
        });
      }
      const loading = import('../dashboard/dashboard.ts');
      loading.catch(() => {});
      const { client, record } = await connect(context);
      try {
        const [view, project, { Dashboard }] = await Promise.all([
          client.request('view', {}),
          client.request('project', {}),
          loading,
        ]);
        const dashboard = new Dashboard({
          context,
          client,
          project,
          view,
          since: EMPTY_VIEW,
          labels: placeLabel(view),
          logDir: path.join(record.stateDir, 'logs'),
          logsSinceMs: view.engine?.startedAt,
          isOwner: false,
        });
        const left = await dashboard.run();
        if (left === 'lost') throw new MsvcError('MSVC_ENGINE_LOST', 'the engine went away');
        if (left === 'stopped') context.out.line('msvc   the system was stopped');
        return 0;
      } finally {
        client.close();
      }
    });
  },
};
