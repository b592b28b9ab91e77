/** `depends_on: { x: { restart: true } }`, as Compose has it: who is restarted when something else is replaced. Pure. */
import type { ServiceName } from '../model/names.ts';
import type { ServiceSpec } from '../model/project.ts';

type Dependency = ServiceSpec['dependsOn'][number];

/**
 * @param replaced services that are replaced in any case
 * @param services those that would be restarted if they asked for it
 * @returns who is restarted with them, and with those that are, each with what it waits for first
 */
export function restartedWith(
  replaced: readonly ServiceName[],
  services: readonly Pick<ServiceSpec, 'name' | 'dependsOn'>[],
): Map<ServiceName, readonly Dependency[]> {
  const all = new Set(replaced);
  const asksFor = (name: ServiceName) => (on: Dependency) => on.restart && on.service === name;
  // Grows while it is walked.
  for (const name of all) {
    for (const service of services) if (service.dependsOn.some(asksFor(name))) all.add(service.name);
  }
  const following = services.filter(({ name }) => all.has(name) && !replaced.includes(name));
  return new Map(
    following.map(({ name, dependsOn }) => [name, dependsOn.filter((on) => on.restart && all.has(on.service))]),
  );
}
