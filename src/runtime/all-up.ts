/**
 * Waits for what `restart` and `scale` promise: every wanted replica ready, or, of a job, done. An instance that the
 * command has made is judged by its first attempt, as in a rollout. One that was there before may crash and come back:
 * it has failed when it keeps failing.
 */
import { MsvcError } from '../model/error.ts';
import { isOneShot } from '../model/project.ts';
import type { Service } from './service.ts';
import type { ServiceParts } from './service-parts.ts';
import { notReady } from './service-status.ts';
import type { Supervisor } from './supervisor.ts';

export type Watched = Pick<Service, 'name' | 'spec' | 'enabled' | 'wanted' | 'instances' | 'error' | 'isBusy'>;

/**
 * @param before instances that the command found
 * @throws MsvcError why a replica does not come up; MSVC_STOPPING when somebody stopped the service meanwhile
 */
export async function allUp(
  service: Watched,
  onAnyChange: ServiceParts['onAnyChange'],
  before: ReadonlySet<Supervisor> = new Set(),
): Promise<void> {
  for (;;) {
    const { name, enabled, error, isBusy, wanted } = service;
    if (!enabled) {
      throw new MsvcError('MSVC_STOPPING', `${name} was stopped`, { facts: { meanwhile: true, service: name } });
    }
    // It waits on, in case that is mended: a command does not.
    if (error?.code === 'MSVC_DEPENDENCY_FAILED') throw MsvcError.fromData(error);
    if (!isBusy) {
      const open = Array.from({ length: wanted }, (_, i) => i + 1).filter((replica) => !isUp(service, replica));
      if (open.length === 0) return;
      const lost = open.find((replica) => !canCome(service, replica, before));
      if (lost !== undefined) throw failureOf(service, lost);
    }
    await new Promise<void>((resolve) => {
      const off = onAnyChange(() => {
        off();
        resolve();
      });
    });
  }
}

function occupants({ instances }: Watched, replica: number): Supervisor[] {
  return instances.filter((instance) => instance.replica === replica);
}

function isUp(service: Watched, replica: number): boolean {
  const isJob = isOneShot(service.spec);
  return occupants(service, replica).some(({ phase }) => phase === 'completed' || (phase === 'ready' && !isJob));
}

/** Of one that is not up. */
function canCome(service: Watched, replica: number, before: ReadonlySet<Supervisor>): boolean {
  return occupants(service, replica).some((instance) => {
    switch (instance.phase) {
      case 'pending':
      case 'starting':
      case 'ready':
        return true;
      case 'unhealthy':
        return service.spec.restart.policy !== 'no';
      case 'stopping':
        return before.has(instance);
      case 'backing-off':
        return before.has(instance) && !instance.crashLooping;
      default:
        return false;
    }
  });
}

function failureOf(service: Watched, replica: number): MsvcError {
  const instance = occupants(service, replica).at(-1);
  if (service.error) return MsvcError.fromData(service.error);
  if (instance) return MsvcError.fromData(notReady(instance));
  return new MsvcError('MSVC_SERVICE_FAILED', `${service.name} has no replica ${replica}`);
}
