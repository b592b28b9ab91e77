/** `msvc openapi`: its flags; what they lead to is in `openapi/`. */
import { Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { explain } from '../examples.ts';
import type { OpenApiFlags } from '../openapi/openapi.ts';

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('[service]', 'whose document; without one, all of them as the gateway offers them')
      .option('--live', 'ask the running services, even where there is a file')
      .addOption(new Option('--format <format>', 'how it is printed').choices(['json', 'yaml']).default('json'));
    explain(
      command,
      [
        { line: 'msvc openapi orders', does: "one service's document" },
        { line: 'msvc openapi > api.json', does: 'one document of the whole system, for clients and generators' },
      ],
      [
        "A document is openapi.json or openapi.yaml in the service's folder; where there is none, the running service is asked.",
        'Of all, paths that no route leads to are left out; components and operations get the name of their service before their own.',
      ],
    );
    bind(command, async (context, service: string | undefined, flags: OpenApiFlags) =>
      (await import('../openapi/openapi.ts')).openapi(context, service, flags),
    );
  },
};
