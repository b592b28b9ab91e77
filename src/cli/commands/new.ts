/** `msvc new`: its flags; what they lead to is in `begin/`. */
import { Option } from 'commander';
import type { NewServiceFlags } from '../begin/new-service.ts';
import type { CommandModule } from '../command.ts';
import { explain } from '../examples.ts';
import { numberFlag } from '../flags/number.ts';

const append = (value: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  ...value.split(',').filter((name) => name !== ''),
];

export const { define }: CommandModule = {
  define(command, bind) {
    command.option('--list', 'list the templates').option('--json', 'with --list: one array, for programs');
    bind(command, async (context, flags: { readonly list?: boolean; readonly json?: boolean }) => {
      if (flags.list) return (await import('../begin/list-templates.ts')).listTemplates(context, flags.json === true);
      return command.help({ error: true });
    });

    const service = command.command('service').summary('add a service from a template');
    service
      .description('Make a folder with a small service that works, and add it to msvc.yaml.')
      .argument('[name]', 'what it is called; without it, a name that is free')
      .option('-t, --template <template>', 'a name from `msvc new --list`, or the path of a folder', 'javascript')
      .option('--calls <services>', 'services that it calls; repeatable, or with commas', append)
      .addOption(new Option('--database', 'with a SQLite database of its own').default(undefined))
      .option('--no-database', 'without one')
      .option('--route <path>', 'where the gateway offers it')
      .option('--no-route', 'reached by other services only')
      .option('--port <port>', 'a fixed port; msvc chooses one otherwise', numberFlag('--port', 1, 65_535))
      .option('--folder <path>', 'where it goes, relative to msvc.yaml')
      .option('--dry-run', 'print what would be written and do nothing')
      .option('--json', 'one object, for programs');
    explain(
      service,
      [
        { line: 'msvc new service orders', does: 'in JavaScript, at /api/orders' },
        { line: 'msvc new service billing --template python --calls orders', does: 'with ORDERS_URL' },
        { line: 'msvc new service search --template ./templates/ours', does: 'from a template of your own' },
        { line: 'msvc new --list', does: 'the templates there are' },
      ],
      [
        'Only lines are added to msvc.yaml: comments, order and blank lines stay as they are. Nothing is overwritten.',
        'With `msvc up --watch-config` running, the new service is started and routed at once; otherwise run `msvc up`.',
      ],
    );
    bind(service, async (context, name: string | undefined, flags: NewServiceFlags) =>
      (await import('../begin/new-service.ts')).newService(context, name, flags),
    );
  },
};
