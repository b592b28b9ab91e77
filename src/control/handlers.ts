/** What each request of the protocol does to the engine. One entry a method; no state but the engine's. */
import type { Gateway } from '../gateway/gateway.ts';
import { MsvcError } from '../model/error.ts';
import type { Command, MsvcEvent } from '../model/event.ts';
import { edgeLabel } from '../model/fault.ts';
import { instanceId, replicaLabel } from '../model/names.ts';
import type { Project } from '../model/project.ts';
import { VERSION } from '../model/version.ts';
import { allUp } from '../runtime/all-up.ts';
import { givenEnvironment } from '../runtime/launch-request.ts';
import { INSTANCE_MARK } from '../runtime/marks.ts';
import type { Service } from '../runtime/service.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import { attaching } from './attaching.ts';
import type { Engine } from './engine.ts';
import { refuseImpossibleScale } from './impossible-scale.ts';
import { metricsText } from './metrics.ts';
import { oneOff } from './one-off.ts';
import { type Params, PROTOCOL_VERSION } from './protocol.ts';
import { Sampler } from './samples.ts';
import { gone, type Handlers, type Peer } from './server.ts';

/** Answered when the gateway's thread goes by what they changed: the next request must not meet what was before. */
const CHANGES = ['start', 'stop', 'restart', 'scale', 'hold', 'fault-add', 'fault-clear'] as const;

export function handlers(engine: Engine, identity: { name: string; dir: string }): Handlers {
  const { system, events, leases } = engine;
  const sampler = new Sampler(system, () => engine.gateway.stats());
  const received = (command: Command, services: readonly Service[], facts = {}): number => {
    if (engine.isStopping && command !== 'kill') throw new MsvcError('MSVC_STOPPING', 'the system is stopping');
    return events.emit({ type: 'command.received', command, services: services.map((s) => s.name), facts });
  };
  const answers: Handlers = {
    hello: () => ({ version: VERSION, protocol: PROTOCOL_VERSION, pid: process.pid, project: identity }),
    up: async (params, peer) => {
      // The lease is held before anything starts: a terminal that closes meanwhile must count.
      const fresh = system.services.length === 0;
      if (params.lease && !params.dryRun) leases.take(peer);
      else if (!params.dryRun) leases.detach();
      try {
        const planned = await engine.up(params);
        return { ...planned, upTo: events.seq, view: params.view === false ? null : events.view };
      } catch (error) {
        const isOfNoUse = system.services.length === 0 || !(await isUp(engine.gateway));
        if (fresh && isOfNoUse) await engine.down('failure', {});
        throw error;
      }
    },
    down: async ({ volumes, timeoutMs }) => {
      events.emit({ type: 'command.received', command: 'down', services: [], facts: { volumes } });
      return { seq: await engine.down('down', { volumes, timeoutMs }) };
    },
    start: async ({ services }) => {
      const all = system.withDependencies(system.chosen(services));
      const seq = received('start', all);
      for (const service of all) service.start({ cause: seq, waitForDependencies: true });
      return { seq, services: all.map(({ name }) => name) };
    },
    stop: async ({ services, timeoutMs }) => {
      const all = system.chosen(services);
      const seq = received('stop', all);
      const names = all.map((service) => service.name);
      if (timeoutMs !== undefined) system.hurry(timeoutMs, names);
      await system.stop(names, 'stop', { graceMs: timeoutMs, cause: seq });
      return { seq };
    },
    restart: async ({ services, noDeps, timeoutMs }) => {
      const all = system.chosen(services);
      const seq = received('restart', all);
      const dependants = system.restart(
        all.map((service) => service.name),
        { noDeps, cause: seq, graceMs: timeoutMs },
      );
      dependants.catch(() => {});
      await untilUp(engine, all);
      const failed = all.find((service) => service.error !== null);
      if (failed?.error) throw MsvcError.fromData(failed.error);
      await dependants;
      return { seq };
    },
    scale: async ({ scale }) => {
      const wanted = Object.entries(scale).map(([name, replicas]) => ({ service: system.get(name), replicas }));
      for (const { service, replicas } of wanted) refuseImpossibleScale(service.spec, replicas);
      const seq = received(
        'scale',
        wanted.map((w) => w.service),
        scale,
      );
      const before = new Set(wanted.flatMap(({ service }) => service.instances));
      for (const { service, replicas } of wanted) service.scale(replicas, seq);
      await untilUp(
        engine,
        wanted.flatMap(({ service }) => (service.enabled ? service : [])),
        before,
      );
      return { seq };
    },
    kill: ({ targets, signal }) => {
      const meant =
        targets.length > 0 ? targets : system.services.map(({ name }) => ({ service: name, replica: undefined }));
      const seq = received('kill', system.chosen([...new Set(meant.map(({ service }) => service))]), {
        signal,
        ...(targets.length > 0 && { targets: targets.map(targetLabel) }),
      });
      const pids: number[] = [];
      const all = meant.flatMap(({ service, replica }) =>
        system.get(service).instances.filter((instance) => instance.replica === (replica ?? instance.replica)),
      );
      for (const instance of new Set(all)) {
        if (!instance.running) continue;
        pids.push(instance.running.pid);
        instance.signal(signal, seq);
      }
      return { seq, pids };
    },
    hold: ({ services, held }) => {
      for (const service of system.chosen(services)) service.hold(held);
      return { seq: events.seq };
    },
    register: async (params, peer, request) => {
      const service = system.get(params.service);
      refusePortless(service);
      const seq = received('register', [service], { port: params.port });
      peer.item(request, { seq });
      await engine.outsiders.register(params, peer, seq);
      return {};
    },
    'one-off': async (params, peer, request) => {
      const service = system.get(params.service);
      // What is run may hold a secret that nobody has named: it is kept nowhere.
      const seq = received('run', [service]);
      await oneOff(engine, params, peer, request, seq);
      return {};
    },
    'kill-now': async () => {
      // Those whose turn to stop has not come are meant as well.
      if (engine.isStopping) system.hurry(0);
      return { pids: await system.killNow() };
    },
    view: () => events.view,
    events: ({ after, follow }, peer, request) => streamEvents(engine, peer, request, after, follow),
    environment: ({ service: name, replica = 1 }) => {
      const service = system.get(name);
      const instance = service.instances.find((i) => i.replica === replica);
      const at = {
        instance: instance?.id ?? instanceId(service.name, replica, 0),
        replica,
        port: instance?.port ?? null,
      };
      const given = givenEnvironment(service.spec, at, engine.surroundings(service.spec));
      return {
        entries: [...given].map(([key, { value, source }]) => ({
          name: key,
          value: engine.secrets.mask(value),
          source,
        })),
        workingDir: service.spec.run.workingDir ?? '/',
        values: {
          ...Object.fromEntries([...given].map(([key, { value }]) => [key, value])),
          // What a person runs is no part of the instance: it does not end with it.
          [INSTANCE_MARK]: `${service.name}.run`,
        },
      };
    },
    members: ({ services }) =>
      Promise.all(
        system.chosen(services).flatMap((service) =>
          service.instances.map(async (instance) => ({
            service: service.name as string,
            instance: instance.id as string,
            members: (await instance.running?.members()) ?? [],
          })),
        ),
      ),
    usage: () =>
      Promise.all(
        system.services.flatMap((service) =>
          service.instances.map(async (instance) => ({
            service: service.name as string,
            instance: instance.id as string,
            usage: (await instance.running?.usage()) ?? null,
          })),
        ),
      ),
    'fault-add': (wanted) =>
      engine.faults.add(wanted, engine.project, () => received('fault', [], { add: edgeLabel(wanted) })),
    'fault-list': () => engine.faults.list,
    'fault-clear': (selector) => {
      const named = selector.id ?? (selector.edge ? edgeLabel(selector.edge) : '*');
      return engine.faults.clear(selector, () => received('fault', [], { clear: named }));
    },
    metrics: async () => ({ text: metricsText(await engine.gateway.stats(), events.view) }),
    stats: () => engine.gateway.stats(),
    samples: (_params, peer, request) => {
      const stop = sampler.subscribe((sample) => void peer.item(request, sample));
      return untilGone(peer, stop);
    },
    ...attaching(system),
    lease: ({ hold }, peer) => {
      if (hold) leases.take(peer);
      else leases.release(peer);
      return { owners: leases.owners };
    },
    migrate: async ({ service: name }) => {
      const service = system.get(name);
      const seq = received('migrate', [service]);
      return { applied: await engine.migrate(service.spec, seq) };
    },
    project: () => (engine.project ? maskProject(engine.project) : null),
  };
  const inForce = (method: (typeof CHANGES)[number]) => {
    const change = answers[method] as (...given: readonly unknown[]) => unknown;
    return async (...given: readonly unknown[]) => {
      const result = await change(...given);
      await engine.gateway.settled();
      return result;
    };
  };
  return { ...answers, ...Object.fromEntries(CHANGES.map((method) => [method, inForce(method)])) };
}

/** Of several, one that fails does not keep the others from being waited for. @throws MsvcError the first failure */
async function untilUp(engine: Engine, services: readonly Service[], before?: ReadonlySet<Supervisor>): Promise<void> {
  const { system } = engine;
  const arrivals = await Promise.allSettled(
    services.map((service) => allUp(service, (listener) => system.onAnyChange(listener), before)),
  );
  const failed = arrivals.find((one) => one.status === 'rejected');
  if (!failed) return;
  if (!engine.isStopping) throw failed.reason;
  throw new MsvcError('MSVC_STOPPING', 'the system was stopped', { facts: { meanwhile: true } });
}

function isUp({ started }: Gateway): Promise<boolean> {
  return started.then(
    () => true,
    () => false,
  );
}

function targetLabel({ service, replica }: Params<'kill'>['targets'][number]): string {
  return replica === undefined ? service : replicaLabel(service, replica);
}

function refusePortless({ name, spec: { port, places } }: Service): void {
  if (port.kind !== 'none') return;
  throw new MsvcError('MSVC_USAGE', `${name} listens nowhere, so nothing is sent to it`, {
    facts: { service: name },
    place: places.port,
  });
}

/** Ends at the present, or with the connection. A peer too slow to take an event is told once how many it missed. */
function streamEvents(
  { events }: Engine,
  peer: Peer,
  request: number,
  after: number,
  follow: boolean,
): Promise<Record<string, never>> {
  let missed = 0;
  const send = (event: MsvcEvent, json?: string): void => {
    if (missed > 0) {
      const gap: MsvcEvent = { seq: event.seq, at: event.at, type: 'stream.gap', missed: missed + 1 };
      missed = peer.item(request, gap) ? 0 : missed + 1;
    } else if (!peer.item(request, event, json)) {
      missed = 1;
    }
  };
  // Subscribed in the same turn as the past is read: nothing is lost between the two.
  for (const event of events.since(after)) send(event);
  if (!follow) return Promise.resolve({});
  return untilGone(peer, events.subscribe(send));
}

async function untilGone(peer: Peer, stop: () => void): Promise<Record<string, never>> {
  try {
    await gone(peer.gone);
  } finally {
    stop();
  }
  return {};
}

function maskProject(project: Project): Project {
  const secrets = Object.entries(project.secrets).map(([name, secret]) => [name, { ...secret, value: '***' }]);
  return { ...project, secrets: Object.fromEntries(secrets) };
}
