/** Whether two versions of a service can run at once: what each holds for itself on this machine. Pure. */
import { hostPorts } from '../model/host-ports.ts';
import type { ServiceSpec } from '../model/project.ts';
import { exclusiveVolumes } from '../model/run.ts';

/** A new version that cannot stand beside the old one starts when that has gone. */
export function canStandBeside(old: ServiceSpec, fresh: ServiceSpec): boolean {
  const held = new Set(holds(old));
  return fresh.port.kind !== 'none' && !holds(fresh).some((thing) => held.has(thing));
}

/** Ports of this machine, and volumes that two writers would spoil. */
function holds(spec: ServiceSpec): string[] {
  const volumes = spec.run.kind === 'container' ? exclusiveVolumes(spec.run) : [];
  return [...hostPorts(spec).map((port) => `port ${port}`), ...volumes.map((name) => `volume ${name}`)];
}
