/** The ports of replicas; and which of them applying a plan will claim, so that they can be met while the gateway comes up. */
import type { PlanStep } from '../model/event.ts';
import { hostPorts } from '../model/host-ports.ts';
import type { ServiceName } from '../model/names.ts';
import type { Project, ServiceSpec } from '../model/project.ts';
import type { PreparedImage } from '../runtime/drivers/driver.ts';
import { containerPort } from '../runtime/launch-run.ts';
import type { Wanted } from '../runtime/plan.ts';
import type { PortLedger } from '../runtime/ports.ts';
import type { ServiceParts } from '../runtime/service-parts.ts';
import { edgeId } from './edges.ts';
import { fixedPorts } from './tcp-ports.ts';

/** What a service asks of its replicas' ports. @param project the one in force */
export function replicaPorts(
  ports: PortLedger,
  project: () => Project | null,
): Pick<ServiceParts, 'claimPort' | 'movePort' | 'releasePorts'> {
  return {
    claimPort: (spec, replica, image) => claimPort(ports, spec, replica, image),
    movePort: async (spec, port) =>
      spec.run.kind === 'process' && spec.port.kind === 'auto' ? ports.move(port) : null,
    releasePorts: (spec, port) => releasePorts(ports, project(), spec, port),
  };
}

/** Where a replica is to listen; null where it does not. @param image of a container @throws MsvcError MSVC_NO_FREE_PORT */
async function claimPort(
  ports: PortLedger,
  spec: ServiceSpec,
  replica: number,
  image: PreparedImage | null,
): Promise<number | null> {
  if (spec.run.kind === 'container') return containerPort(spec, image);
  if (spec.port.kind === 'none') return null;
  return spec.port.kind === 'fixed' ? spec.port.number : ports.claim(replicaKey(spec.name, replica));
}

/** Of an instance that is gone: its ports are given back, but those that the definition in force names. */
function releasePorts(ports: PortLedger, project: Project | null, spec: ServiceSpec, port: number | null): void {
  if (port !== null && spec.run.kind === 'process' && spec.port.kind === 'auto') ports.release(port);
  const named = project ? fixedPorts(project) : [];
  for (const own of hostPorts(spec)) if (!named.includes(own)) ports.release(own);
}

/** The key of the port of a replica. */
function replicaKey(service: ServiceName, replica: number): string {
  return `${service}.${replica}`;
}

/** Keys of the ledger: of each edge, and of each replica of a process that is to start and takes any port. */
export function portsAhead(
  project: Project,
  steps: readonly PlanStep[],
  wanted: ReadonlyMap<ServiceName, Wanted>,
): string[] {
  const edges = Object.values(project.services).flatMap(({ name, calls }) =>
    calls.map((callee) => edgeId(name, callee)),
  );
  const replicas = steps.flatMap(({ service, action }) => {
    const want = wanted.get(service);
    if (action !== 'start' || want?.spec.run.kind !== 'process' || want.spec.port.kind !== 'auto') return [];
    return Array.from({ length: want.replicas }, (_, index) => replicaKey(service, index + 1));
  });
  return [...edges, ...replicas];
}
