/** `msvc hold`: leaves services alone (no liveness verdict, no restart) while somebody debugs them. */
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';

export const { define }: CommandModule = {
  define(command, bind) {
    command.argument('<services...>', 'which ones');
    explain(command, [
      { line: 'msvc hold orders', does: 'stop at a breakpoint for as long as you like; no probe kills it' },
    ]);
    bind(command, async (context, services: readonly string[]) =>
      withEngine(context, async (client) => {
        assertServices(services, serviceNames(await client.request('view', {})));
        await client.request('hold', { services, held: true });
        return 0;
      }),
    );
  },
};
