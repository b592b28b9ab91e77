/** `msvc start`: starts services of a running system that were stopped. */
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { waitFor } from '../engine/wait-for.ts';
import { explain } from '../examples.ts';
import { durationFlag } from '../flags/duration.ts';
import { list } from '../wording/lists.ts';

interface Options {
  readonly wait?: boolean;
  readonly waitTimeout?: number;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('[services...]', 'only these, and what they depend on; without any, all that were stopped')
      .option('--wait', 'return when they are healthy, or cannot become it')
      .option('--wait-timeout <time>', 'with --wait: give up after this long (exit 5)', durationFlag('--wait-timeout'));
    explain(command, [{ line: 'msvc start orders --wait', does: 'start orders and wait until it is healthy' }]);
    bind(command, async (context, services: readonly string[], options: Options) =>
      withEngine(context, async (client) => {
        assertServices(services, serviceNames(await client.request('view', {})));
        const { seq, services: wanted } = await client.request('start', { services });
        context.out.line(`starting ${list(wanted)}`);
        if (!options.wait) return 0;
        await waitFor(context, client, {
          services: wanted,
          goal: 'up',
          judgeFrom: seq,
          timeoutMs: options.waitTimeout,
        });
        return 0;
      }),
    );
  },
};
