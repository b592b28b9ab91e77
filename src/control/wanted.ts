/** What an `up` wants of each service of its definition. Pure. */
import type { ServiceName } from '../model/names.ts';
import { choose } from '../model/select.ts';
import type { Wanted } from '../runtime/plan.ts';
import type { UpParams } from './protocol.ts';

/**
 * Every service: also those that were not asked for, which are defined but do not run.
 * @param changes of secrets' values, by name: what a service was given is part of what it is
 */
export function wantedOf(params: UpParams, changes: ReadonlyMap<string, number>): Map<ServiceName, Wanted> {
  const { project, scale, restartOff = [] } = params;
  const chosen = new Set<string>(choose(project, params));
  const wanted = new Map<ServiceName, Wanted>();
  for (const given of Object.values(project.services)) {
    const secrets = given.secrets.map((grant) => {
      const count = changes.get(grant.source);
      return count === undefined ? grant : { ...grant, changes: count };
    });
    const off = restartOff.includes(given.name) && { restart: { policy: 'no' as const } };
    const spec = { ...given, secrets, ...off };
    wanted.set(spec.name, { spec, replicas: scale[spec.name] ?? spec.replicas, run: chosen.has(spec.name) });
  }
  return wanted;
}
