/** `msvc start`: starts services of a running system that were stopped. */
import { MsvcError } from '../../model/error.ts';
import { serviceState } from '../../model/view.ts';
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
        if (options.waitTimeout !== undefined && !options.wait) {
          throw new MsvcError('MSVC_USAGE', '--wait-timeout goes with --wait');
        }
        const view = await client.request('view', {});
        assertServices(services, serviceNames(view));
        const { seq, services: wanted } = await client.request('start', { services });
        const known = wanted.flatMap((name) => view.services[name] ?? []);
        const starting = known.filter((one) => one.wanted > 0 && serviceState(one) !== 'ready');
        for (const { name } of known.filter((one) => one.wanted === 0)) {
          context.err.line(`${name} is to have no replicas: \`msvc scale ${name}=1\` gives it one`);
        }
        if (starting.length > 0) context.out.line(`starting ${list(starting.map(({ name }) => name))}`);
        else context.err.line('there was nothing to start');
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
