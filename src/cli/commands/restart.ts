/** `msvc restart`: puts a fresh instance in the place of each one, the new before the old goes where ports allow it. */
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { durationFlag } from '../flags/duration.ts';
import { list } from '../wording/lists.ts';
import { duration } from '../wording/time.ts';

interface Options {
  readonly deps: boolean;
  readonly timeout?: number;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('[services...]', 'only these; without any, all')
      .option('--no-deps', 'leave dependants with `restart: true` alone')
      .option('-t, --timeout <time>', 'kill old instances that still run after this long', durationFlag('--timeout'));
    explain(
      command,
      [{ line: 'msvc restart orders', does: 'replace the instances of orders without a failed request' }],
      [
        'It returns when every one is ready again (a job: has ended), and exits 1 when a new instance does not become ready.',
      ],
    );
    bind(command, async (context, services: readonly string[], options: Options) =>
      withEngine(context, async (client) => {
        assertServices(services, serviceNames(await client.request('view', {})));
        const from = performance.now();
        await client.request('restart', {
          services,
          noDeps: !options.deps,
          ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
        });
        const what = services.length > 0 ? list(services) : 'everything';
        context.out.line(`restarted ${what} in ${duration(performance.now() - from)}`);
        return 0;
      }),
    );
  },
};
