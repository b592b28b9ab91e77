/** What no number of replicas can be: `up --scale` and `scale` refuse the same, before anything is begun. */
import { MsvcError } from '../model/error.ts';
import { hostPorts } from '../model/host-ports.ts';
import type { ServiceSpec } from '../model/project.ts';

/** @throws MsvcError MSVC_USAGE: several processes cannot hold one port */
export function refuseImpossibleScale(spec: ServiceSpec, replicas: number): void {
  const { places, name } = spec;
  const [port] = hostPorts(spec);
  if (replicas <= 1 || port === undefined) return;
  throw new MsvcError('MSVC_USAGE', `${name} has the fixed port ${port}: two processes cannot hold one port`, {
    facts: { service: name, port, replicas },
    place: places.ports ?? places.port,
    hint: 'write `port: auto` and read $PORT',
  });
}
