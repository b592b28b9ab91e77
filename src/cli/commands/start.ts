/** `msvc start`: starts services of a running system that were stopped. */
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { waitFor } from '../engine/wait-for.ts';
import { explain } from '../examples.ts';
import { durationFlag } from '../flags/duration.ts';

interface Options {
  readonly wait?: boolean;
  readonly waitTimeout?: number;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('[services...]', 'only these; without any, all that were stopped')
      .option('--wait', 'return when they are healthy, or cannot become it')
      .option('--wait-timeout <time>', 'with --wait: give up after this long (exit 5)', durationFlag('--wait-timeout'));
    explain(command, [{ line: 'msvc start orders --wait', does: 'start orders and wait until it is healthy' }]);
    bind(command, async (context, services: readonly string[], options: Options) =>
      withEngine(context, async (client) => {
        const view = await client.request('view', {});
        assertServices(services, serviceNames(view));
        await client.request('start', { services });
        if (!options.wait) return 0;
        const wanted = services.length > 0 ? services : serviceNames(view);
        await waitFor(context, client, { services: wanted, goal: 'up', timeoutMs: options.waitTimeout });
        return 0;
      }),
    );
  },
};
