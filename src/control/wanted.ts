/** What an `up` wants of each service of its definition. Pure. */
import type { ServiceName } from '../model/names.ts';
import { choose } from '../model/select.ts';
import type { Wanted } from '../runtime/plan.ts';
import type { UpParams } from './protocol.ts';

/** Every service: also those that were not asked for, which are defined but do not run. */
export function wantedOf(params: UpParams): Map<ServiceName, Wanted> {
  const { project, scale, restartOff = [] } = params;
  const chosen = new Set<string>(choose(project, params));
  const wanted = new Map<ServiceName, Wanted>();
  for (const given of Object.values(project.services)) {
    const spec = restartOff.includes(given.name) ? { ...given, restart: { policy: 'no' as const } } : given;
    wanted.set(spec.name, { spec, replicas: scale[spec.name] ?? spec.replicas, run: chosen.has(spec.name) });
  }
  return wanted;
}
