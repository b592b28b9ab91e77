/** Ports that cannot be as written: replicas on one fixed port, and services without a port of which one is needed. */
import type { Place } from '../../model/place.ts';
import type { ServiceSpec } from '../../model/project.ts';
import type { ContainerRun } from '../../model/run.ts';
import type { Problems } from '../problems.ts';

export function checkPorts(services: ReadonlyMap<string, ServiceSpec>, problems: Problems): void {
  for (const service of services.values()) {
    const { port, replicas, places, run } = service;
    if (run.kind === 'container') checkPublished(service, run, problems);
    else if (port.kind === 'fixed' && replicas > 1) {
      const place = places.replicas ?? places['deploy.replicas'] ?? places.service;
      problems.error(
        'fixed-port-replicas',
        `${replicas} replicas of \`${service.name}\` cannot all listen on port ${port.number}`,
        place,
        {
          related: related('the fixed port', places.port),
          hint: 'write `port: auto` and let it listen on `$PORT`: each replica gets a port of its own',
        },
      );
    }
    if (port.kind === 'none') checkPortless(service, services, problems);
  }
}

/** A port of this machine can lead to one replica only. */
function checkPublished({ name, replicas, places }: ServiceSpec, run: ContainerRun, problems: Problems): void {
  const fixed = run.publish.find(({ published }) => published !== undefined);
  if (fixed === undefined || replicas <= 1) return;
  const place = places.replicas ?? places['deploy.replicas'] ?? places.service;
  problems.error(
    'fixed-port-replicas',
    `${replicas} replicas of \`${name}\` cannot all be at port ${fixed.published} of this machine`,
    place,
    {
      related: related('the port', places.ports),
      hint: `take the port out: the gateway and other services need none; or write \`"${fixed.target}"\` for free ones`,
    },
  );
}

function checkPortless(service: ServiceSpec, services: ReadonlyMap<string, ServiceSpec>, problems: Problems): void {
  const { places } = service;
  const needs = (what: string, place: Place | undefined): void =>
    problems.error('port-needed', `\`${service.name}\` has \`port: none\` but ${what}`, place ?? places.port, {
      related: related('no port', places.port),
      hint: 'take `port: none` out',
    });
  if (service.routes.length > 0) needs('a route', service.routes[0]?.place);
  const { probe } = service.healthcheck;
  if ((probe.kind === 'http' || probe.kind === 'tcp') && probe.port === undefined) {
    needs(`${probe.kind === 'http' ? 'an http' : 'a tcp'} probe`, places[`healthcheck.${probe.kind}`]);
  }
  for (const caller of services.values()) {
    if (caller.calls.includes(service.name))
      needs(`\`${caller.name}\` calls it`, caller.places[`calls.${service.name}`]);
  }
}

function related(message: string, place: Place | undefined) {
  return place ? [{ message, place }] : [];
}
