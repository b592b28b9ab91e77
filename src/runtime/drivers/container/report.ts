/** What `msvc doctor` is told of the container engine: who it is, how containers and this machine reach each other. Changes nothing. */
import type { NetworkInspectInfo } from 'dockerode';
import { type Placement, parseSubnet, type Subnet } from './address.ts';
import type { Endpoint } from './connection.ts';
import { ContainerEngine } from './engine.ts';
import { type Firewall, readFirewall } from './firewall.ts';
import { gatewayIn, isOfThisMachine } from './network.ts';
import { freeSubnet, printSubnet, routedSubnets } from './subnets.ts';

export interface EngineReport {
  readonly engine: string;
  readonly version: string;
  readonly system: string;
  readonly placement: Placement;
  readonly isRootless: boolean;
  /** It can hold containers to `deploy.resources.limits.memory`. */
  readonly limitsMemory: boolean;
  /** Of an engine on a bridge of this machine; null where there is none to look at. */
  readonly bridge: BridgeReport | null;
}

export interface BridgeReport {
  /** Of this machine, on the engine's own bridge. */
  readonly address: string;
  /** It can be listened on: edges for containers need that of their project. */
  readonly isHere: boolean;
  /** What the next project's network would get; null: no range is left. */
  readonly range: string | null;
  /** What keeps containers from calling this machine; null: nothing that can be seen. */
  readonly firewall: Firewall | null;
}

/** @throws MsvcError MSVC_CONTAINERS_UNAVAILABLE */
export async function reportEngine(endpoint: Endpoint): Promise<EngineReport> {
  const engine = new ContainerEngine({ endpoint, scope: '', onLost: () => {}, onRestored: () => {} });
  try {
    await engine.connect();
    const { version, operatingSystem: system, securityOptions, limitsMemory } = engine.facts;
    return {
      engine: endpoint.name,
      version,
      system,
      placement: engine.placement,
      isRootless: securityOptions.some((option) => option.includes('rootless')),
      limitsMemory,
      bridge: engine.placement === 'bridge' ? await reportBridge(engine) : null,
    };
  } finally {
    engine.close();
  }
}

async function reportBridge({ docker, facts }: ContainerEngine): Promise<BridgeReport | null> {
  const address = await bridgeAddress(docker);
  // An engine may be told to make none.
  if (address === null) return null;
  const range = freeSubnet(facts.addressPools, [...(await takenSubnets(docker)), ...routedSubnets()]);
  return {
    address,
    isHere: await isOfThisMachine(address),
    range: range && printSubnet(range),
    firewall: range && (await readFirewall(range)),
  };
}

/** The default one's first address where none is told: it is not until a container is on it. */
async function bridgeAddress(docker: ContainerEngine['docker']): Promise<string | null> {
  try {
    const { IPAM } = (await docker.getNetwork('bridge').inspect()) as NetworkInspectInfo;
    const [range] = (IPAM?.Config ?? []) as readonly { readonly Subnet?: string; readonly Gateway?: string }[];
    const subnet = parseSubnet(range?.Subnet ?? '');
    return range?.Gateway ?? (subnet && gatewayIn(subnet));
  } catch {
    return null;
  }
}

async function takenSubnets(docker: ContainerEngine['docker']): Promise<Subnet[]> {
  const networks = await docker.listNetworks();
  return networks
    .flatMap(({ IPAM }) => (IPAM?.Config ?? []).map(({ Subnet: range = '' }) => parseSubnet(range)))
    .filter((one) => one !== null);
}
