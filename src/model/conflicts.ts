/**
 * What cannot run side by side: two services, or a service and msvc itself, with one fixed port; two with one route.
 * Pure. Services whose profiles have nothing in common may be alternatives to each other; they conflict only where both
 * are chosen.
 */
import type { Diagnostic } from './diagnostic.ts';
import { hostPorts } from './host-ports.ts';
import type { Place } from './place.ts';
import type { Project, ServiceSpec } from './project.ts';
import type { Route, RouteMatch } from './route.ts';

/** What listens whichever services run: the gateway, the registry. */
type Fixtures = Pick<Project, 'gateway' | 'registry'>;

/** @param together whether two services may run at the same time; those that may not never conflict. */
export function findConflicts(
  services: readonly ServiceSpec[],
  fixtures: Fixtures,
  together: (a: ServiceSpec, b: ServiceSpec) => boolean,
): Diagnostic[] {
  const always = alwaysOpen(services, fixtures);
  return [
    ...fixtureConflicts(always),
    ...portConflicts(services, always, together),
    ...routeConflicts(services, together),
  ];
}

/** Either always runs, or one profile activates both. */
export function mayMeet(a: ServiceSpec, b: ServiceSpec): boolean {
  return (
    a.profiles.length === 0 || b.profiles.length === 0 || a.profiles.some((profile) => b.profiles.includes(profile))
  );
}

/** A port of msvc's own. */
interface Fixture {
  readonly what: string;
  readonly port: number;
  /** Absent: named by the command line. */
  readonly place: Place | undefined;
  /** Its words for whoever wants the same port. */
  readonly here: string;
  /** Of a public port. */
  readonly service?: ServiceSpec;
}

/** Public ports too are open whether their service runs or not. In the order in which a later one is in the wrong. */
function alwaysOpen(services: readonly ServiceSpec[], { gateway, registry }: Fixtures): Fixture[] {
  const open: Fixture[] = [];
  if (gateway.port.kind === 'fixed') {
    open.push({ what: 'the gateway', port: gateway.port.number, place: gateway.place, here: 'the gateway is here' });
  }
  if (registry.http) {
    const { port, place } = registry.http;
    open.push({ what: 'the registry', port, place, here: 'the registry is here' });
  }
  for (const service of services) {
    if (service.publicPort === undefined) continue;
    const place = placeIn(service, 'public_port');
    const what = `the \`public_port\` of \`${service.name}\``;
    open.push({ what, port: service.publicPort, place, here: 'the `public_port` is here', service });
  }
  return open;
}

/** Two public ports are told elsewhere. */
function fixtureConflicts(always: readonly Fixture[]): Diagnostic[] {
  return always.flatMap((one, i) => {
    const other = always.slice(0, i).find((before) => before.port === one.port && !(before.service && one.service));
    if (!other) return [];
    const message = `${one.what} and ${other.what} both want port ${one.port}`;
    return [conflict('port-conflict', message, one.place ?? other.place, other.here, other.place)];
  });
}

function portConflicts(
  services: readonly ServiceSpec[],
  always: readonly Fixture[],
  together: (a: ServiceSpec, b: ServiceSpec) => boolean,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const seen: ServiceSpec[] = [];
  for (const service of services) {
    const place = placeOfPort(service);
    const ports = hostPorts(service);
    for (const number of ports) {
      const fixture = always.find(({ port }) => port === number);
      if (fixture) {
        const what = fixture.service === service ? 'its own `public_port`' : fixture.what;
        const message = `service \`${service.name}\` and ${what} both want port ${number}`;
        found.push(conflict('port-conflict', message, place, fixture.here, fixture.place));
      }
      const other = seen.find((s) => hostPorts(s).includes(number) && together(s, service));
      if (other) {
        const message = `services \`${other.name}\` and \`${service.name}\` both want port ${number}`;
        found.push(conflict('port-conflict', message, place, 'the other is here', placeOfPort(other)));
      }
    }
    seen.push(service);
  }
  return found;
}

function placeOfPort(service: ServiceSpec): Place | undefined {
  return placeIn(service, service.run.kind === 'process' ? 'port' : 'ports');
}

function routeConflicts(
  services: readonly ServiceSpec[],
  together: (a: ServiceSpec, b: ServiceSpec) => boolean,
): Diagnostic[] {
  const found: Diagnostic[] = [];
  const seen = new Map<string, { service: ServiceSpec; route: Route }[]>();
  for (const service of services) {
    for (const route of service.routes) {
      const keys = keysOfRoute(route);
      const clash = keys
        .map((key) => ({
          key,
          other: seen
            .get(key.id)
            ?.find((o) => o.route !== route && (o.service === service || together(o.service, service))),
        }))
        .find(({ other }) => other !== undefined);
      if (clash?.other) {
        const { words } = clash.key;
        const message =
          clash.other.service === service
            ? `service \`${service.name}\` has the route ${words} twice`
            : `services \`${clash.other.service.name}\` and \`${service.name}\` both have the route ${words}`;
        found.push(conflict('route-conflict', message, route.place, 'the other is here', clash.other.route.place));
      }
      for (const { id } of keys) {
        const there = seen.get(id);
        if (there) there.push({ service, route });
        else seen.set(id, [{ service, route }]);
      }
    }
  }
  return found;
}

function keysOfRoute(route: Route): { id: string; words: string }[] {
  const hosts = route.hostnames.length > 0 ? route.hostnames : [''];
  return hosts.flatMap((host) =>
    route.matches.map((match) => ({
      id: JSON.stringify([host, canonical(match)]),
      words: `\`${[match.method, `${host}${match.path.value}`].filter(Boolean).join(' ')}\``,
    })),
  );
}

/** Order does not matter among conditions, case not in header names; `/a/` and `/a` are one prefix. */
function canonical(match: RouteMatch): unknown {
  const { type, value } = match.path;
  const conditions = (list: RouteMatch['headers'], fold: boolean): string[] =>
    (list ?? []).map((c) => JSON.stringify([c.type, fold ? c.name.toLowerCase() : c.name, c.value])).sort();
  return [
    type,
    type === 'PathPrefix' && value !== '/' ? value.replace(/\/$/, '') : value,
    match.method ?? '',
    conditions(match.headers, true),
    conditions(match.queryParams, false),
  ];
}

function placeIn(service: ServiceSpec, key: string): Place | undefined {
  return service.places[key] ?? service.places.service;
}

function conflict(
  code: string,
  message: string,
  place: Place | undefined,
  words: string,
  other: Place | undefined,
): Diagnostic {
  return {
    severity: 'error',
    code,
    message,
    ...(place && { place }),
    ...(other && { related: [{ message: words, place: other }] }),
  };
}
