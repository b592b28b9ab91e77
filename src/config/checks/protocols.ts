/** Words that do not go with what a service speaks: routes are for HTTP, public ports for what is not. */
import type { ServiceSpec } from '../../model/project.ts';
import type { Problems } from '../problems.ts';

export function checkProtocols(services: ReadonlyMap<string, ServiceSpec>, problems: Problems): void {
  const owners = new Map<number, ServiceSpec>();
  for (const service of services.values()) {
    const { name, protocol, publicPort, places, routes } = service;
    const place = places.protocol ?? places.service;
    if (protocol === 'tcp' && routes.length > 0) {
      problems.error('tcp-route', `\`${name}\` speaks \`tcp\` but has a route`, routes[0]?.place ?? place, {
        related: places.protocol ? [{ message: 'the protocol', place: places.protocol }] : [],
        hint: 'routes are for HTTP; `public_port: 6379` makes it reachable from outside',
      });
    }
    if (publicPort === undefined) continue;
    if (protocol !== 'tcp') {
      problems.error('public-port-http', `\`${name}\` has a \`public_port\` but speaks HTTP`, places.public_port, {
        hint: 'write `protocol: tcp`, or `route: /path` to reach it through the gateway',
      });
    }
    const other = owners.get(publicPort);
    const related = other?.places.public_port;
    if (other) {
      problems.error(
        'public-port-twice',
        `\`${name}\` and \`${other.name}\` want port ${publicPort}`,
        places.public_port,
        {
          related: related ? [{ message: 'the other is here', place: related }] : [],
          hint: 'give one of them another port',
        },
      );
    }
    owners.set(publicPort, service);
  }
}
