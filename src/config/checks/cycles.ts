/** Services that wait for each other by `depends_on`. One diagnostic a knot, with every edge of its shortest cycle. */
import type { ServiceSpec } from '../../model/project.ts';
import type { Problems } from '../problems.ts';

type Services = ReadonlyMap<string, ServiceSpec>;

export function checkCycles(services: Services, problems: Problems): void {
  const reported = new Set<string>();
  for (const start of services.keys()) {
    if (reported.has(start)) continue;
    const cycle = shortestCycle(start, services);
    if (cycle === undefined) continue;
    // Whoever can reach the cycle and be reached from it is in the same knot.
    for (const name of knotOf(start, services)) reported.add(name);
    const edges = cycle.map((name, i) => ({ from: name, to: cycle[(i + 1) % cycle.length]! }));
    const place = (edge: { from: string; to: string }) => services.get(edge.from)!.places[`depends_on.${edge.to}`];
    const related = edges.slice(1).flatMap((edge) => {
      const at = place(edge);
      return at ? [{ message: `\`${edge.from}\` waits for \`${edge.to}\``, place: at }] : [];
    });
    const message =
      cycle.length === 1
        ? `service \`${start}\` waits for itself`
        : `services wait for each other: ${[...cycle, start].map((name) => `\`${name}\``).join(' -> ')}`;
    problems.error('cycle', message, place(edges[0]!), {
      related,
      hint:
        cycle.length === 1 ? undefined : 'take one of these edges out; `calls` orders nothing and may go in a circle',
    });
  }
}

function dependencies(name: string, services: Services): string[] {
  return (services.get(name)?.dependsOn ?? []).map((dependency) => dependency.service as string);
}

function shortestCycle(start: string, services: Services): string[] | undefined {
  const from = new Map<string, string>();
  const queue = [start];
  for (const name of queue) {
    for (const next of dependencies(name, services)) {
      if (next === start) {
        const path = [name];
        while (path[0] !== start) path.unshift(from.get(path[0]!)!);
        return path;
      }
      if (services.has(next) && !from.has(next)) {
        from.set(next, name);
        queue.push(next);
      }
    }
  }
  return undefined;
}

function knotOf(start: string, services: Services): string[] {
  const ahead = reachable(start, services);
  return [...ahead].filter((name) => reachable(name, services).has(start));
}

function reachable(start: string, services: Services): Set<string> {
  const found = new Set<string>();
  const queue = [start];
  for (const name of queue) {
    for (const next of dependencies(name, services)) {
      if (found.has(next)) continue;
      found.add(next);
      queue.push(next);
    }
  }
  return found;
}
