/** The view as the rows of `ps`: one an instance, and one for a service that has none. Pure. */
import type { InstanceView, ServiceView, View } from '../model/view.ts';
import { serviceState } from '../model/view.ts';
import type { PsJson } from './json-contract.ts';
import { instanceState } from './wording/states.ts';
import { iso } from './wording/time.ts';

export interface PsRow {
  readonly service: ServiceView;
  /** null: the service has no instance. */
  readonly instance: InstanceView | null;
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
    if (instances.length === 0 && (filter.all || service.enabled || service.error !== null)) {
      rows.push({ service, instance: null });
    }
  }
  return rows;
}

export function psJson({ service, instance }: PsRow): PsJson {
  const whole = serviceState(service);
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
      reason: service.error?.message ?? null,
    };
  }
  return {
    service: service.name,
    replica: instance.replica,
    state: instanceState(instance),
    serviceState: whole,
    health: healthOf(instance),
    pid: instance.pid,
    port: instance.port,
    url: instance.port === null ? null : `http://127.0.0.1:${instance.port}`,
    restarts: instance.restarts,
    startedAt: iso(instance.startedAt),
    exitCode: instance.exit?.code ?? null,
    exitSignal: instance.exit?.signal ?? null,
    generation: instance.generation,
    reason: instance.error?.message ?? service.error?.message ?? instance.probeDetail,
  };
}

export function healthOf(instance: InstanceView): PsJson['health'] {
  if (instance.phase === 'ready') return 'healthy';
  if (instance.phase === 'unhealthy') return 'unhealthy';
  return instance.phase === 'starting' ? 'starting' : null;
}
