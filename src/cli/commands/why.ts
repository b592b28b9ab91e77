/** `msvc why`: the short story behind the state of a service, told from its events. */
import type { MsvcEvent } from '../../model/event.ts';
import { edgeLabel } from '../../model/fault.ts';
import { replicaLabel } from '../../model/names.ts';
import { replacedBy } from '../../model/registration.ts';
import { readyCount, type ServiceView, serviceState, type View } from '../../model/view.ts';
import { causeChain, wayChain } from '../cause.ts';
import type { PlainModule } from '../command.ts';
import type { Context } from '../context.ts';
import { assertServices, notRunning, serviceNames, tryConnect } from '../engine/connect.ts';
import { endedRuns, lastPicture } from '../engine/past.ts';
import { explain } from '../examples.ts';
import { noSuchReplica, type ReplicaRef, replicaRef } from '../flags/replica.ts';
import { ENDING, eventSaying } from '../wording/events.ts';
import { faultText, remainingText } from '../wording/faults.ts';
import { list } from '../wording/lists.ts';
import { stateColour } from '../wording/states.ts';
import { clock, duration } from '../wording/time.ts';

interface Options {
  readonly json?: boolean;
}

export const { define }: PlainModule = {
  define(command, bind) {
    command
      .argument('<service>', 'which one; or one replica, `orders.2`')
      .option('--json', 'the chain of events, for programs');
    explain(command, [{ line: 'msvc why orders', does: 'why orders is as it is: the last change and what led to it' }]);
    bind(command, async (context, name: string, options: Options) => {
      const { view, events, ended } = (await runningAccount(context)) ?? (await lastAccount(context));
      const known = serviceNames(view);
      const ref = replicaRef(name, known);
      if (!ref) assertServices([name], known);
      assertReplica(ref, view, events);
      const service = view.services[ref?.service ?? name] as ServiceView;
      const chain = causeChain(events, service.name, ref?.replica);
      const way = wayChain(events, service.name);
      if (options.json) {
        context.out.json([...chain, ...way.filter((event) => !chain.includes(event))].sort((a, b) => a.seq - b.seq));
      } else {
        if (ended !== undefined) context.out.line(ended);
        tell(context, service, chain, ended !== undefined);
        if (ended === undefined) tellWay(context, view, service, way);
      }
      return 0;
    });
  },
};

/** One that runs no more is known from what happened to it. @throws MsvcError MSVC_USAGE when there never was one */
function assertReplica(ref: ReplicaRef | null, { services }: View, events: readonly MsvcEvent[]): void {
  if (ref?.replica === undefined) return;
  const { service, replica } = ref;
  const isIt = (one: object): boolean => 'replica' in one && one.replica === replica;
  if (Object.values(services[service]?.instances ?? {}).some(isIt)) return;
  if (events.some((event) => 'service' in event && event.service === service && isIt(event))) return;
  throw noSuchReplica(service, replica, ', and was none in this run');
}

interface Account {
  readonly view: View;
  readonly events: readonly MsvcEvent[];
  /** How the run ended; absent while it goes on. */
  readonly ended?: string;
}

async function runningAccount(context: Context): Promise<Account | null> {
  const connected = await tryConnect(context);
  if (!connected) return null;
  const { client } = connected;
  try {
    const view = await client.request('view', {});
    const events: MsvcEvent[] = [];
    for await (const event of client.stream('events', { after: 0, follow: false })) events.push(event);
    return { view, events };
  } finally {
    client.close();
  }
}

/** @throws MsvcError MSVC_NOT_RUNNING when nothing is known of an earlier run either */
async function lastAccount(context: Context): Promise<Account> {
  const run = (await endedRuns(context)).at(-1);
  if (!run) throw notRunning(context);
  const { view, events, stopping } = lastPicture(run);
  const ended = stopping
    ? `The system was stopped at ${clock(stopping.at)} (${ENDING[stopping.reason]}). Before that:`
    : `The engine was killed at some time after ${clock(events.at(-1)?.at ?? 0)}. Until then:`;
  return { view, events, ended };
}

function tell(context: Context, service: ServiceView, chain: readonly MsvcEvent[], over: boolean): void {
  const { out } = context;
  const state = serviceState(service);
  const many = service.wanted > 1 ? ` (${readyCount(service)} of ${service.wanted} ready)` : '';
  out.line(
    `${out.style.bold(service.name)} ${over ? 'was' : 'is'} ${out.style.paint(stateColour(state), state)}${many}`,
  );
  if (service.waitingOn.length > 0)
    out.line(`It ${over ? 'waited' : 'waits'} for ${list(service.waitingOn.map((w) => w.service))}.`);
  if (service.held && !over) out.line('It is held: what its probe finds does nothing to it until `msvc release`.');
  const other = over ? null : replacedBy(service.registrations);
  if (other) out.line(`${other.id}, which msvc did not start, takes its requests; its replicas stand by.`);
  if (chain.length === 0) {
    out.line(`Nothing ${over ? 'had' : 'has'} happened to it in this run.`);
    return;
  }
  out.line();
  tellStory(context, chain);
}

/** What a launch wrote is told once: a service that keeps failing says the same each time. */
function tellStory({ out }: Context, chain: readonly MsvcEvent[]): void {
  let told = '';
  for (const [i, event] of chain.entries()) {
    const { subject, text, details } = eventSaying(event);
    const words = details.join('\n');
    const shown = words !== '' && words === told ? ['the same output as before'] : details;
    if (words !== '') told = words;
    const before = chain[i - 1];
    const later = before && event.at > before.at ? out.style.dim(` (+${duration(event.at - before.at)})`) : '';
    out.line(`${out.style.dim(clock(event.at))}  ${i === 0 ? '' : '-> '}${subject}: ${text}${later}`);
    for (const line of shown) out.line(out.style.dim(`${' '.repeat(17)}| ${line}`));
  }
}

/** What stands between it and its callers now, and what led to that. */
function tellWay(context: Context, view: View, { name, instances }: ServiceView, way: readonly MsvcEvent[]): void {
  const { out } = context;
  const away = Object.values(instances).filter(({ ejectedUntil }) => ejectedUntil !== null);
  const open = view.breakers.filter(({ callee }) => callee === name);
  const faults = view.faults.filter(({ callee }) => callee === name || callee === '*');
  const lines = [
    ...away.map(({ replica }) => `The gateway passes over ${replicaLabel(name, replica)}: too many failures in a row.`),
    ...open.map((edge) => `The circuit ${edgeLabel(edge)}${edge.route ? ` (${edge.route})` : ''} is open.`),
    ...faults.map((fault) => `There is a ${faultText(fault)}, ${remainingText(fault, Date.now())}.`),
  ];
  if (lines.length > 0 || way.length > 0) out.line();
  for (const line of lines) out.line(line);
  tellStory(context, way);
}
