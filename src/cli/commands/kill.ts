/** `msvc kill`: a signal to the process groups of services. What follows is their restart policy's business. */
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { replicaRef } from '../flags/replica.ts';
import { signalFlag } from '../flags/signal.ts';
import { count, list } from '../wording/lists.ts';

interface Options {
  readonly signal: string;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('[services...]', 'only these, `orders.2` is one replica; without any, all')
      .option('-s, --signal <signal>', 'which signal', signalFlag, 'SIGKILL');
    explain(
      command,
      [
        { line: 'msvc kill catalog', does: 'SIGKILL, to see what happens' },
        { line: 'msvc kill catalog.2', does: 'one of its replicas' },
        { line: 'msvc kill -s HUP catalog', does: 'ask it to read its configuration again' },
      ],
      ['A service that ends because of it is restarted as its `restart` says; `msvc stop` is the way to stop it.'],
    );
    bind(command, async (context, names: readonly string[], { signal }: Options) =>
      withEngine(context, async (client) => {
        const known = serviceNames(await client.request('view', {}));
        const refs = names.map((name) => replicaRef(name, known));
        assertServices(
          names.filter((_, i) => refs[i] === null),
          known,
        );
        const targets = refs.filter((ref) => ref !== null);
        const { pids } = await client.request('kill', { targets, signal });
        const nobody = names.length === 0 ? 'no instance runs' : `nothing of ${list(names)} runs`;
        if (pids.length === 0) context.err.line(`there was nothing to signal: ${nobody}`);
        else context.out.line(`${signal} sent to ${count(pids.length, 'instance')}: ${list(pids.map(String), 20)}`);
        return 0;
      }),
    );
  },
};
