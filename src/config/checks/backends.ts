/** `backendRefs` of routes: services that exist, listen, and stand in the list once. */
import type { ServiceSpec } from '../../model/project.ts';
import type { Route } from '../../model/route.ts';
import { suggest } from '../../model/suggest.ts';
import type { Problems } from '../problems.ts';

/** @param names of all services, those too whose definition is too wrong to be read. */
export function checkBackends(
  services: ReadonlyMap<string, ServiceSpec>,
  names: ReadonlySet<string>,
  problems: Problems,
): void {
  for (const service of services.values()) {
    for (const route of service.routes) checkRoute(route, services, names, problems);
  }
}

function checkRoute(
  { backendRefs = [], place }: Route,
  services: ReadonlyMap<string, ServiceSpec>,
  names: ReadonlySet<string>,
  problems: Problems,
): void {
  const seen = new Set<string>();
  for (const { name } of backendRefs) {
    if (seen.has(name))
      problems.error('duplicate', `\`backendRefs\` names \`${name}\` twice`, place, { hint: 'add their weights up' });
    seen.add(name);
    if (!names.has(name)) {
      const near = suggest(name, names);
      problems.error('unknown-service', `no service is called \`${name}\``, place, {
        hint: near === undefined ? `there are: ${[...names].join(', ')}` : `did you mean \`${near}\`?`,
      });
    } else if (services.get(name)?.port.kind === 'none') {
      problems.error('port-needed', `\`${name}\` has \`port: none\` but a route sends requests to it`, place, {
        hint: `take \`port: none\` out of \`${name}\``,
      });
    }
  }
  if (backendRefs.length > 0 && backendRefs.every(({ weight }) => weight === 0)) {
    problems.warning('no-backend', 'all weights are 0: every request is answered with 500', place);
  }
}
