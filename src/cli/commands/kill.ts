/** `msvc kill`: a signal to the process groups of services. What follows is their restart policy's business. */
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { signalFlag } from '../flags/signal.ts';
import { count, list } from '../wording/lists.ts';

interface Options {
  readonly signal: string;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('[services...]', 'only these; without any, all')
      .option('-s, --signal <signal>', 'which signal', signalFlag, 'SIGKILL');
    explain(
      command,
      [
        { line: 'msvc kill catalog', does: 'SIGKILL, to see what happens' },
        { line: 'msvc kill -s HUP catalog', does: 'ask it to read its configuration again' },
      ],
      ['A service that ends because of it is restarted as its `restart` says; `msvc stop` is the way to stop it.'],
    );
    bind(command, async (context, services: readonly string[], { signal }: Options) =>
      withEngine(context, async (client) => {
        assertServices(services, serviceNames(await client.request('view', {})));
        const { pids } = await client.request('kill', { services, signal });
        if (pids.length === 0) context.err.line('there was nothing to signal: no instance runs');
        else context.out.line(`${signal} sent to ${count(pids.length, 'instance')}: ${list(pids.map(String), 20)}`);
        return 0;
      }),
    );
  },
};
