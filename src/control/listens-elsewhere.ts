/** A service that is up but never answers on its port: finds out where it listens instead, so that it can be told. */
import type { Facts } from '../model/error.ts';
import type { ServiceSpec } from '../model/project.ts';
import { listeningPorts } from '../runtime/processes/sockets.ts';
import type { SlowStarter } from '../runtime/service-parts.ts';

/** @returns null when it listens nowhere (yet), or where it should, or when that cannot be seen on this system */
export async function listensElsewhere(spec: ServiceSpec, instance: SlowStarter): Promise<Facts | null> {
  if (instance.port === null || instance.running === null) return null;
  const members = await instance.running.members();
  const found = await listeningPorts([instance.running.pid, ...members.map((member) => member.pid)]);
  if (found.length === 0 || found.includes(instance.port)) return null;
  return {
    replica: instance.replica,
    port: instance.port,
    listens: found.map(String),
    fixed: spec.port.kind === 'fixed',
  };
}
