/** A service that is up but never answers on its port: finds out where it listens instead, so that it can be told. */
import type { Facts } from '../model/error.ts';
import type { ServiceSpec } from '../model/project.ts';
import { listeningPorts } from '../runtime/processes/sockets.ts';
import type { SlowStarter } from '../runtime/service-parts.ts';

/** @returns null when it listens nowhere (yet), or where it should, or when that cannot be seen on this system */
export async function listensElsewhere(spec: ServiceSpec, instance: SlowStarter): Promise<Facts | null> {
  // Read once: it may end, and then runs nothing, while its processes are looked at.
  const { port, running, replica } = instance;
  if (port === null || running === null) return null;
  const members = await running.members();
  const found = await listeningPorts([running.pid, ...members.map((member) => member.pid)]);
  if (found.length === 0 || found.includes(port)) return null;
  return {
    replica,
    port,
    listens: found.map(String),
    fixed: spec.port.kind === 'fixed',
  };
}
