/** `msvc why`: the short story behind the state of a service, told from its events. */
import type { MsvcEvent } from '../../model/event.ts';
import { readyCount, type ServiceView, serviceState } from '../../model/view.ts';
import { causeChain } from '../cause.ts';
import type { CommandModule } from '../command.ts';
import type { Context } from '../context.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { replicaRef } from '../flags/replica.ts';
import { eventSaying } from '../wording/events.ts';
import { list } from '../wording/lists.ts';
import { stateColour } from '../wording/states.ts';
import { clock, duration } from '../wording/time.ts';

interface Options {
  readonly json?: boolean;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('<service>', 'which one; or one replica, `orders.2`')
      .option('--json', 'the chain of events, for programs');
    explain(command, [{ line: 'msvc why orders', does: 'why orders is as it is: the last change and what led to it' }]);
    bind(command, async (context, name: string, options: Options) =>
      withEngine(context, async (client) => {
        const view = await client.request('view', {});
        const known = serviceNames(view);
        const ref = replicaRef(name, known);
        if (!ref) assertServices([name], known);
        const events: MsvcEvent[] = [];
        for await (const event of client.stream('events', { after: 0, follow: false })) events.push(event);
        const service = view.services[ref?.service ?? name] as ServiceView;
        const chain = causeChain(events, service.name, ref?.replica);
        if (options.json) context.out.json(chain);
        else tell(context, service, chain);
        return 0;
      }),
    );
  },
};

function tell({ out }: Context, service: ServiceView, chain: readonly MsvcEvent[]): void {
  const state = serviceState(service);
  const many = service.wanted > 1 ? ` (${readyCount(service)} of ${service.wanted} ready)` : '';
  out.line(`${out.style.bold(service.name)} is ${out.style.paint(stateColour(state), state)}${many}`);
  if (service.waitingOn.length > 0) out.line(`It waits for ${list(service.waitingOn.map((w) => w.service))}.`);
  if (service.held) out.line('It is held: neither probed nor restarted until `msvc release`.');
  if (chain.length === 0) {
    out.line('Nothing has happened to it in this run.');
    return;
  }
  out.line();
  for (const [i, event] of chain.entries()) {
    const { subject, text, details } = eventSaying(event);
    const before = chain[i - 1];
    const later = before && event.at > before.at ? out.style.dim(` (+${duration(event.at - before.at)})`) : '';
    out.line(`${out.style.dim(clock(event.at))}  ${i === 0 ? '' : '-> '}${subject}: ${text}${later}`);
    for (const line of details) out.line(out.style.dim(`${' '.repeat(17)}| ${line}`));
  }
}
