/** The view as the rows of `ps`: one an instance, and one for a service that has none. Pure. */
import type { InstanceSample, Sample } from '../control/samples.ts';
import { ownUrl } from '../model/instance-view.ts';
import { type RegistrationView, replacedBy } from '../model/registration.ts';
import type { InstanceView, ServiceView, View } from '../model/view.ts';
import { serviceState } from '../model/view.ts';
import type { PsJson } from './json-contract.ts';
import { reasonText } from './wording/reasons.ts';
import { instanceState } from './wording/states.ts';
import { iso } from './wording/time.ts';

export interface PsRow {
  readonly service: ServiceView;
  /** null: the service has no instance. */
  readonly instance: InstanceView | null;
  /** An instance that msvc did not start; then `instance` is null. */
  readonly registration?: RegistrationView;
  /** What it uses, where that was asked. */
  readonly stats?: InstanceSample;
}

/** Each with what it uses. */
export function withStats(rows: readonly PsRow[], { instances }: Sample): PsRow[] {
  const byId = new Map(instances.map((one) => [one.instance, one]));
  return rows.map((row) => {
    const stats = row.instance?.pid ? byId.get(row.instance.id) : undefined;
    return stats ? { ...row, stats } : row;
  });
}

/** In the order of the definition, replicas in order; of a rolling slot the older generation first. */
export function psRows(view: View, filter: { readonly services: readonly string[]; readonly all: boolean }): PsRow[] {
  const rows: PsRow[] = [];
  for (const service of Object.values(view.services)) {
    if (filter.services.length > 0 && !filter.services.includes(service.name)) continue;
    const instances = Object.values(service.instances)
      .filter((instance) => filter.all || instance.phase !== 'stopped')
      .sort((a, b) => a.replica - b.replica || a.generation - b.generation);
    for (const instance of instances) rows.push({ service, instance });
    for (const registration of Object.values(service.registrations))
      rows.push({ service, instance: null, registration });
    if (instances.length === 0 && (filter.all || service.enabled || service.error !== null)) {
      rows.push({ service, instance: null });
    }
  }
  return rows;
}

export function psJson({ service, instance, registration, stats }: PsRow): PsJson {
  const whole = serviceState(service);
  if (registration) return registrationJson(service, registration);
  if (!instance) {
    return {
      service: service.name,
      replica: null,
      state: whole,
      serviceState: whole,
      health: null,
      pid: null,
      port: null,
      url: null,
      restarts: service.restarts,
      startedAt: null,
      exitCode: null,
      exitSignal: null,
      generation: null,
      reason: service.error ? reasonText(service.error) : null,
      external: null,
      cpu: null,
      memoryBytes: null,
      inBalancing: false,
    };
  }
  const error = instance.error ?? service.error;
  return {
    service: service.name,
    replica: instance.replica,
    state: instanceState(instance),
    serviceState: whole,
    health: healthOf(instance),
    pid: instance.pid,
    port: instance.port,
    url: ownUrl(instance),
    restarts: instance.restarts,
    startedAt: iso(instance.startedAt),
    exitCode: instance.exit?.code ?? null,
    exitSignal: instance.exit?.signal ?? null,
    generation: instance.generation,
    reason: error ? reasonText(error) : instance.probeDetail,
    external: null,
    cpu: stats?.cpu ?? null,
    memoryBytes: stats?.memoryBytes ?? null,
    inBalancing: instance.phase === 'ready' && instance.port !== null && replacedBy(service.registrations) === null,
  };
}

function registrationJson(service: ServiceView, { id, host, port, ready, since, detail }: RegistrationView): PsJson {
  return {
    service: service.name,
    replica: null,
    state: ready ? 'ready' : 'starting',
    serviceState: serviceState(service),
    health: ready ? 'healthy' : 'starting',
    pid: null,
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    restarts: 0,
    startedAt: iso(since),
    exitCode: null,
    exitSignal: null,
    generation: null,
    reason: detail,
    external: id,
    cpu: null,
    memoryBytes: null,
    inBalancing: ready,
  };
}

export function healthOf(instance: InstanceView): PsJson['health'] {
  if (instance.phase === 'ready') return 'healthy';
  if (instance.phase === 'unhealthy') return 'unhealthy';
  return instance.phase === 'starting' ? 'starting' : null;
}
