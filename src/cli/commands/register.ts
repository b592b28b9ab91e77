/** `msvc register`: a process that msvc did not start takes the requests of a service, for as long as this command runs. */
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { follow } from '../engine/feed.ts';
import { explain } from '../examples.ts';
import { numberFlag } from '../flags/number.ts';
import { eventSaying } from '../wording/events.ts';

interface Options {
  readonly port: number;
  readonly host?: string;
  readonly beside?: boolean;
  readonly json?: boolean;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('<service>', 'whose requests it takes')
      .requiredOption('--port <number>', 'where your process listens', numberFlag('--port', 1, 65_535))
      .option('--host <host>', 'where it listens, if not on this machine')
      .option('--beside', 'take a share of the requests; the replicas keep theirs')
      .option('--json', 'its events, one a line, for programs');
    explain(
      command,
      [
        { line: 'msvc register payments --port 5005', does: 'payments runs in the debugger of your IDE now' },
        { line: 'msvc env payments', does: 'what to give that process: addresses, database, and so on' },
      ],
      [
        'The replicas keep running and stand by. They take the requests again when your process stops listening, and',
        'for good when this command ends, however it ends.',
      ],
    );
    bind(command, async (context, service: string, options: Options) =>
      withEngine(context, async (client) => {
        const view = await client.request('view', {});
        assertServices([service], serviceNames(view));
        const { port, host = null, beside = false } = options;
        const left = new AbortController();
        const leave = (): void => left.abort();
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave);
        const registration = client.stream('register', { service, port, host, beside }, left.signal);
        const begun = await registration.next();
        if (begun.done) return 0;
        // The engine's refusal comes through this stream; without one it ends with us.
        const refused = registration.next().then(
          () => null,
          (error: unknown) => error,
        );
        let stopping = false;
        const told = (async () => {
          for await (const { event, view: now } of follow(client, view, left.signal)) {
            stopping = now.stopping;
            if (!event.type.startsWith('registration.') || !('id' in event) || event.cause === undefined) continue;
            if (!isOurs(String(event.id), service, port)) continue;
            if (options.json) context.out.line(JSON.stringify(event));
            else {
              const { subject, text } = eventSaying(event);
              context.out.line(`${subject}: ${text}`);
            }
          }
        })().catch(() => {});
        const error = await refused;
        left.abort();
        await told;
        if (error === null) return 0;
        if (!stopping) throw error;
        context.err.line('The system was stopped.');
        return 0;
      }),
    );
  },
};

function isOurs(id: string, service: string, port: number): boolean {
  // `web@5080`, or with a host `web@127.0.0.1:5080`.
  return id.startsWith(`${service}@`) && /[@:](\d+)$/.exec(id)?.[1] === String(port);
}
