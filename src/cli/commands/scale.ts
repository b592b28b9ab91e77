/** `msvc scale web=5`: how many replicas services have from now on. */
import { MsvcError } from '../../model/error.ts';
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { scaleEntry } from '../flags/scale.ts';

export const { define }: CommandModule = {
  define(command, bind) {
    command.argument('<service=n...>', 'a service and how many replicas it is to have');
    explain(
      command,
      [
        { line: 'msvc scale web=5', does: 'five replicas of web' },
        { line: 'msvc scale web=2 worker=0', does: 'two of web, none of worker' },
      ],
      [
        'It returns when the wanted number is ready and surplus replicas, drained first, are gone. A stopped service stays stopped.',
        'It exits 1 when a new replica does not become ready; that one is tried again, as its `restart` says.',
        'The next `msvc up` goes back to the number in the file, unless `--scale` says otherwise.',
      ],
    );
    bind(command, async (context, entries: readonly string[]) =>
      withEngine(context, async (client) => {
        const scale: Record<string, number> = Object.fromEntries(entries.map(scaleEntry));
        if (Object.keys(scale).length < entries.length) {
          throw new MsvcError('MSVC_USAGE', 'a service is named twice');
        }
        assertServices(Object.keys(scale), serviceNames(await client.request('view', {})));
        await client.request('scale', { scale });
        const { services } = await client.request('view', {});
        for (const [service, replicas] of Object.entries(scale)) {
          const isToRun = services[service]?.enabled || replicas === 0;
          context.out.line(`${service}: ${replicas}${isToRun ? '' : ` once it is started: \`msvc start ${service}\``}`);
        }
        return 0;
      }),
    );
  },
};
