/** What the gateway needs of a definition: its route table. Keys of clients leave only as hashes. Pure. */
import { createHash } from 'node:crypto';
import type { AuthProvider } from '../../model/auth.ts';
import type { PolicyWords } from '../../model/policy.ts';
import type { Project, ServiceSpec } from '../../model/project.ts';
import { secretKey, secretWord } from '../../model/secret.ts';
import type { AuthTable, RouteTable, ServicePolicy } from '../protocol.ts';

export function routeTable({ gateway, services, secrets }: Project): RouteTable {
  const all = Object.values(services);
  return {
    routes: all.flatMap((spec) => spec.routes),
    balancers: Object.fromEntries(all.map(({ name }) => [name, gateway.balancer])),
    policies: servicePolicies(all),
    ...(gateway.accessLog && { accessLog: gateway.accessLog }),
    ...(gateway.serverTiming && { serverTiming: true }),
    protocols: Object.fromEntries(all.flatMap(({ name, protocol }) => (protocol ? [[name, protocol]] : []))),
    serviceHosts: serviceHosts(
      all.filter((spec) => spec.port.kind !== 'none' && spec.protocol !== 'tcp').map((spec) => spec.name),
    ),
    ...(gateway.auth && {
      auth: {
        ...(gateway.auth.default !== undefined && { default: gateway.auth.default }),
        providers: Object.values(gateway.auth.providers).map((provider) => authProvider(provider, secrets)),
      },
    }),
  };
}

/** Those services only of which something is said. */
function servicePolicies(all: readonly ServiceSpec[]): Record<string, ServicePolicy> {
  const callers = new Map<string, Record<string, PolicyWords>>();
  for (const { name: caller, callPolicies = {} } of all) {
    for (const [callee, words] of Object.entries(callPolicies)) {
      callers.set(callee, { ...callers.get(callee), [caller]: words });
    }
  }
  const policies: Record<string, ServicePolicy> = {};
  for (const { name, traffic } of all) {
    const words = callers.get(name);
    if (traffic || words) policies[name] = { own: traffic ?? {}, callers: words ?? {} };
  }
  return policies;
}

/** `catalog.localhost` for catalog. @param names of the services that listen */
export function serviceHosts(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`${name}.localhost`, name]));
}

function authProvider(provider: AuthProvider, secrets: Project['secrets']): AuthTable['providers'][number] {
  if (provider.kind === 'jwt') {
    const { keys, ...rest } = provider;
    if (keys.kind !== 'secret') return { ...rest, keys };
    // Not a Buffer: with a small one Node's whole pool of them would go to the thread.
    return { ...rest, keys: { kind: 'secret', value: Uint8Array.from(secretKey(secrets[keys.secret]!)) } };
  }
  const { keys, ...rest } = provider;
  const clients = Object.entries(keys).map(([client, secret]) => [
    createHash('sha256').update(secretWord(secrets[secret]!), 'utf8').digest('hex'),
    client,
  ]);
  return { ...rest, clients: Object.fromEntries(clients) };
}
