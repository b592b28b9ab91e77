/** Which ports applying a plan will claim: known before anything is started, so they can be met while the gateway comes up. */
import type { PlanStep } from '../model/event.ts';
import type { ServiceName } from '../model/names.ts';
import type { Project } from '../model/project.ts';
import type { Wanted } from '../runtime/plan.ts';
import { edgeId } from './edges.ts';

/** The key of the port of a replica. */
export function replicaKey(service: ServiceName, replica: number): string {
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
