/** Names that must stand for something: callees, dependencies, secrets; and what their names become in an environment. */
import { secretFileName } from '../../model/names.ts';
import type { SecretGrant, ServiceSpec } from '../../model/project.ts';
import { suggest } from '../../model/suggest.ts';
import { DATABASE_NAMES, edgeNames } from '../interpolate/provided.ts';
import type { Problems } from '../problems.ts';

type Services = ReadonlyMap<string, ServiceSpec>;

/** @param names of all services, those too whose definition is too wrong to be read. */
export function checkReferences(
  services: Services,
  names: ReadonlySet<string>,
  secrets: ReadonlySet<string>,
  problems: Problems,
): void {
  for (const service of services.values()) {
    for (const callee of service.calls) {
      const place = service.places[`calls.${callee}`];
      if (callee === service.name) {
        problems.error('self-call', `service \`${service.name}\` declares a call to itself`, place, {
          hint: 'its own replicas are behind its route; take the name out',
        });
      } else if (!names.has(callee)) {
        unknownService(callee, names, 'error', place, problems);
      }
    }
    for (const { service: name, required, condition } of service.dependsOn) {
      const place = service.places[`depends_on.${name}`];
      const other = services.get(name);
      if (!names.has(name)) unknownService(name, names, required ? 'error' : 'warning', place, problems);
      else if (other && condition === 'service_completed_successfully') checkCompletes(service, other, problems);
    }
    for (const { source: name } of service.secrets) {
      if (secrets.has(name)) continue;
      const near = suggest(name, secrets);
      problems.error('unknown-secret', `no secret is called \`${name}\``, service.places[`secrets.${name}`], {
        hint: near === undefined ? `add it under \`secrets\` at the top of the file` : `did you mean \`${near}\`?`,
      });
    }
    checkEdgeNames(service, problems);
    checkSecretNames(service, problems);
  }
}

/** A named volume is declared at the top, as in Compose: a misspelt one would silently be another, empty one. */
export function checkVolumes(services: Services, names: ReadonlySet<string>, problems: Problems): void {
  for (const { run, places } of services.values()) {
    if (run.kind !== 'container') continue;
    for (const [i, mount] of run.mounts.entries()) {
      if (mount.kind !== 'volume' || mount.name === undefined || names.has(mount.name)) continue;
      const near = suggest(mount.name, names);
      problems.error('unknown-volume', `no volume is called \`${mount.name}\``, places[`volumes.${i}`], {
        hint:
          near === undefined
            ? `add \`volumes: { ${mount.name}: }\` at the top of the file; a path starts with \`./\``
            : `did you mean \`${near}\`?`,
      });
    }
  }
}

function unknownService(
  name: string,
  names: ReadonlySet<string>,
  severity: 'error' | 'warning',
  place: ServiceSpec['places'][string] | undefined,
  problems: Problems,
): void {
  const near = suggest(name, names);
  problems[severity]('unknown-service', `no service is called \`${name}\``, place, {
    hint: near === undefined ? `there are: ${[...names].join(', ')}` : `did you mean \`${near}\`?`,
  });
}

function checkCompletes(service: ServiceSpec, other: ServiceSpec, problems: Problems): void {
  const { policy } = other.restart;
  const related = (key: string) => {
    const place = other.places[key] ?? other.places.service;
    return place ? [{ message: `\`${other.name}\` is defined here`, place }] : [];
  };
  const place = service.places[`depends_on.${other.name}`];
  if (policy === 'always' || policy === 'unless-stopped') {
    problems.error(
      'never-completes',
      `\`${other.name}\` never completes: \`restart: ${policy}\` starts it again`,
      place,
      {
        related: related('restart'),
        hint: `write \`restart: no\` for \`${other.name}\``,
      },
    );
  } else if (other.port.kind !== 'none') {
    problems.error('never-completes', `\`${other.name}\` never completes: it has a port, so it is a server`, place, {
      related: related('port'),
      hint: `write \`port: none\` and \`restart: no\` for \`${other.name}\` if it is a job`,
    });
  }
}

/** Two callees, or a callee and msvc itself, that would give one variable two meanings. */
function checkEdgeNames(service: ServiceSpec, problems: Problems): void {
  const owners = new Map<string, string>([['GATEWAY_URL', 'the gateway']]);
  if (service.database) for (const name of DATABASE_NAMES) owners.set(name, 'its database');
  for (const callee of service.calls) {
    const clash = edgeNames(callee).find((name) => owners.has(name));
    if (clash !== undefined) {
      const owner = owners.get(clash)!;
      const first = service.places[`calls.${owner}`];
      const other = first ? `\`${owner}\`` : owner;
      problems.error(
        'name-clash',
        `\`${clash}\` would stand for ${other} and for \`${callee}\``,
        service.places[`calls.${callee}`],
        {
          related: first ? [{ message: 'the other is here', place: first }] : [],
          hint: 'rename one of the services',
        },
      );
    }
    for (const name of edgeNames(callee)) if (!owners.has(name)) owners.set(name, callee);
  }
}

/** Two secrets, the file of one of which it would not be told. */
function checkSecretNames({ secrets, places }: ServiceSpec, problems: Problems): void {
  const first = new Map<string, SecretGrant>();
  for (const grant of secrets) {
    const name = secretFileName(grant.target);
    const other = first.get(name);
    if (!other) {
      first.set(name, grant);
      continue;
    }
    const place = places[`secrets.${other.source}`];
    const message = `\`${name}\` would stand for \`${other.target}\` and for \`${grant.target}\``;
    problems.error('name-clash', message, places[`secrets.${grant.source}`], {
      related: place ? [{ message: 'the other is here', place }] : [],
      hint: `give it another name here: \`{ source: ${grant.source}, target: ... }\``,
    });
  }
}
