/** The merged tree -> a frozen `Project`, with every check that needs more than the shape. */
import { findConflicts, mayMeet } from '../../model/conflicts.ts';
import { SERVICE_NAME } from '../../model/names.ts';
import type { Project, ServiceSpec } from '../../model/project.ts';
import { checkBackends } from '../checks/backends.ts';
import { checkCycles } from '../checks/cycles.ts';
import { checkHoles } from '../checks/holes.ts';
import { checkPorts } from '../checks/ports.ts';
import { checkProtocols } from '../checks/protocols.ts';
import { checkReferences, checkVolumes } from '../checks/references.ts';
import { type Node, placeAt } from '../tree/node.ts';
import { entriesOf, get } from '../tree/read.ts';
import { accessLogOf } from './access-log.ts';
import { authOf, providerNames } from './auth.ts';
import { volumesOf } from './container/mounts.ts';
import type { BuildContext } from './context.ts';
import { deduceService } from './deduce.ts';
import { gatewayOf } from './gateway.ts';
import { registryOf } from './registry.ts';
import { secretsOf } from './secrets.ts';
import { draftService } from './service.ts';
import { smokeOf } from './smoke/suite.ts';

/** Always returns; the result is to be used only if `context.problems` has no error. */
export function buildProject(
  root: Node,
  gatewayPort: number | 'auto' | undefined,
  given: Omit<BuildContext, 'auth'>,
): Project {
  const { problems } = given;
  const secretNames = new Set(entriesOf(get(root, 'secrets')).map(({ key }) => key));
  const auth = authOf(root, secretNames, problems);
  const context: BuildContext = { ...given, auth: { default: auth?.default, names: providerNames(root) } };
  const entries = entriesOf(get(root, 'services'));
  for (const { key, keyOrigin } of entries) {
    if (SERVICE_NAME.test(key)) continue;
    const plain = key
      .normalize('NFD')
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '')
      .slice(0, 63)
      .replace(/-+$/, '');
    const isReserved = plain !== '' && !SERVICE_NAME.test(plain);
    const possible = isReserved ? `${plain}-service` : plain;
    const rule = `lower-case letters, digits, \`-\`, \`_\` and \`.\`, 63 at most${isReserved ? `, but not \`${plain}\`` : ''}`;
    problems.error('bad-name', `\`${key}\` cannot be the name of a service`, placeAt(keyOrigin), {
      hint: possible === '' ? rule : `${rule}: for example \`${possible}\``,
    });
  }
  for (const { key, keyOrigin, value } of entries) {
    if (value.kind !== 'scalar' || value.value !== null) continue;
    problems.error('missing-key', `service \`${key}\` needs \`command\`, \`image\` or \`build\``, placeAt(keyOrigin), {
      hint: 'write what runs, such as `command: node server.js` or `image: redis:7`',
    });
  }
  const drafts = entries.filter(({ value }) => value.kind === 'map').map((entry) => draftService(entry, context));
  const backends = (draft: (typeof drafts)[number]) =>
    draft.routes.flatMap(({ backendRefs = [] }) => backendRefs.map((ref) => ref.name));
  const called = new Set<string>(drafts.flatMap((draft) => [...draft.calls, ...backends(draft)]));
  const services = new Map<string, ServiceSpec>(drafts.map((draft) => [draft.name, deduceService(draft, called)]));
  const accessLog = accessLogOf(get(get(root, 'gateway'), 'access_log'), context);
  const gateway = {
    ...gatewayOf(root, gatewayPort, problems),
    ...(accessLog && { accessLog }),
    ...(auth && { auth }),
  };
  const registry = registryOf(root, secretNames, problems);
  const secrets = secretsOf(root, context);
  const smoke = smokeOf(root, services, context);
  const volumes = volumesOf(root, context);

  checkReferences(services, new Set(entries.map(({ key }) => key)), secretNames, problems);
  checkBackends(services, new Set(entries.map(({ key }) => key)), problems);
  checkVolumes(services, new Set(Object.keys(volumes)), problems);
  checkCycles(services, problems);
  checkPorts(services, problems);
  checkProtocols(services, problems);
  for (const draft of drafts) checkHoles(draft, services.get(draft.name)!, context.provided, problems);
  for (const conflict of findConflicts([...services.values()], { gateway, registry }, mayMeet)) problems.add(conflict);

  return deepFreeze({
    name: context.projectName,
    dir: context.dir,
    files: [],
    stateDir: context.stateDir,
    gateway,
    registry,
    services: Object.fromEntries([...services].map(([name, spec]) => [name, withoutMissing(spec, services)])),
    volumes,
    secrets,
    ...(smoke && { smoke }),
  });
}

/** An optional dependency on a service that is not there has been warned about; nobody behind needs to know. */
function withoutMissing(spec: ServiceSpec, services: ReadonlyMap<string, ServiceSpec>): ServiceSpec {
  return { ...spec, dependsOn: spec.dependsOn.filter(({ service }) => services.has(service)) };
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
