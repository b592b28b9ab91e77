/** `msvc env`: what a service is given, and from where. Values of secrets are never shown. */
import type { EnvironmentEntry } from '../../control/protocol.ts';
import type { View } from '../../model/view.ts';
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { noSuchReplica, type ReplicaRef, replicaRef } from '../flags/replica.ts';
import type { EnvJson } from '../json-contract.ts';
import { type Column, tableLines } from '../table.ts';

interface Options {
  readonly json?: boolean;
  readonly all?: boolean;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('<service>', 'which one; or one replica, `orders.2`')
      .option('-a, --all', 'what it inherits from the shell too')
      .option('--json', 'all of it as one array, for programs');
    explain(
      command,
      [
        { line: 'msvc env orders', does: 'PORT, DATABASE_PATH, CATALOG_URL and what the file sets' },
        { line: 'msvc env orders.2 --all', does: 'everything that the second replica gets' },
      ],
      ['Where several give one name: environment beats msvc, which beats env_file, which beats what is inherited.'],
    );
    bind(command, async (context, name: string, options: Options) =>
      withEngine(context, async (client) => {
        const view = await client.request('view', {});
        const known = serviceNames(view);
        const ref = replicaRef(name, known);
        if (!ref) assertServices([name], known);
        else assertReplica(ref, view);
        const { entries } = await client.request('environment', { service: name, ...ref });
        const { out } = context;
        if (options.json) {
          out.json(entries.map((entry): EnvJson => ({ name: entry.name, value: entry.value, source: entry.source })));
          return 0;
        }
        const shown = entries.filter((entry) => options.all || entry.source !== 'inherited');
        out.write(`${tableLines(shown, COLUMNS, { style: out.style, width: out.columns }).join('\n')}\n`);
        const hidden = entries.length - shown.length;
        if (hidden > 0) context.err.line(out.style.dim(`and ${hidden} inherited from the shell (--all shows them)`));
        return 0;
      }),
    );
  },
};

/** One that is wanted, or still there. @throws MsvcError MSVC_USAGE */
function assertReplica({ service: name, replica }: ReplicaRef, { services }: View): void {
  const service = services[name];
  if (replica === undefined || service === undefined || replica <= service.wanted) return;
  if (Object.values(service.instances).some((instance) => instance.replica === replica)) return;
  throw noSuchReplica(name, replica);
}

const COLUMNS: readonly Column<EnvironmentEntry>[] = [
  { header: 'NAME', value: (e) => e.name },
  { header: 'SOURCE', value: (e) => e.source },
  { header: 'VALUE', value: (e) => e.value.replaceAll('\n', '\\n'), minColumns: 16 },
];
