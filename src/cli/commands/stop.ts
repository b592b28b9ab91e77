/** `msvc stop`: stops services and leaves the rest, the gateway and the engine running. */
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { watchStop } from '../engine/watch-stop.ts';
import { explain } from '../examples.ts';
import { durationFlag } from '../flags/duration.ts';

interface Options {
  readonly timeout?: number;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('[services...]', 'only these; without any, all')
      .option('-t, --timeout <time>', 'kill what still runs after this long', durationFlag('--timeout'));
    explain(
      command,
      [{ line: 'msvc stop payments', does: 'stop payments; the gateway answers 503 for it at once' }],
      ['It returns when the processes are gone. `msvc start` starts them again, `msvc down` ends the system.'],
    );
    bind(command, async (context, services: readonly string[], options: Options) =>
      withEngine(context, async (client) => {
        assertServices(services, serviceNames(await client.request('view', {})));
        await watchStop(context, client, () =>
          client.request('stop', {
            services,
            ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
          }),
        );
        return 0;
      }),
    );
  },
};
