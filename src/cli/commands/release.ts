/** `msvc release`: ends `msvc hold`. */
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';

export const { define }: CommandModule = {
  define(command, bind) {
    command.argument('<services...>', 'which ones');
    explain(command, [{ line: 'msvc release orders', does: 'probe and restart orders again' }]);
    bind(command, async (context, services: readonly string[]) =>
      withEngine(context, async (client) => {
        assertServices(services, serviceNames(await client.request('view', {})));
        await client.request('hold', { services, held: false });
        return 0;
      }),
    );
  },
};
