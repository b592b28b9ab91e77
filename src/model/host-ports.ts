/** TCP ports of this machine that a definition names. A container's own port is none: it has an address for itself. Pure. */
import type { ServiceSpec } from './project.ts';

export function hostPorts({ port, run }: Pick<ServiceSpec, 'port' | 'run'>): number[] {
  if (run.kind === 'process') return port.kind === 'fixed' ? [port.number] : [];
  return run.publish.flatMap(({ published, protocol }) =>
    published === undefined || protocol === 'udp' ? [] : [published],
  );
}
