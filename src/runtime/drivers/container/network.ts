/**
 * The private network of a project: made when it is first needed, removed when the project goes down. Owns which of
 * its addresses are taken: msvc gives them out itself, so that a container's address is known before it runs and its
 * edges can be opened to it alone. Of an engine in a VM no address is of use here: it gives them out as it likes.
 */
import { createServer } from 'node:net';
import type Docker from 'dockerode';
import { MsvcError } from '../../../model/error.ts';
import { freeAddress, parseSubnet, printAddress, type Subnet } from './address.ts';
import type { ContainerEngine } from './engine.ts';
import { messageOf } from './errors.ts';
import { LABEL, networkName, type Owner, projectLabels } from './labels.ts';
import { freeSubnet, printSubnet, routedSubnets } from './subnets.ts';
import { removeNetworks } from './sweep.ts';

export class ProjectNetwork {
  readonly #engine: ContainerEngine;
  readonly #owner: Owner;
  readonly #taken = new Set<string>();
  #name: string;
  #subnet: Subnet | null = null;
  #gateway = '';

  constructor(engine: ContainerEngine, owner: Owner) {
    this.#engine = engine;
    this.#owner = owner;
    this.#name = networkName(owner);
  }

  get name(): string {
    return this.#name;
  }

  /** The bridge's address on this machine; empty for an engine in a VM. */
  get gateway(): string {
    return this.#gateway;
  }

  /** What an earlier run has left goes first. @throws MsvcError MSVC_NETWORK_FAILED */
  async open(): Promise<void> {
    try {
      const others = await this.#removeOwn();
      if (this.#engine.placement === 'vm') await this.#make(null);
      else await this.#makeChosen(others);
      if (this.#engine.placement === 'bridge' && !(await isOfThisMachine(this.#gateway))) {
        this.#engine.noteElsewhere();
        this.#subnet = null;
      }
    } catch (error) {
      throw networkFailed(this.#name, error);
    }
  }

  /** Null where the engine must choose. */
  takeAddress(): string | null {
    if (this.#subnet === null) return null;
    const address = freeAddress(this.#subnet, this.#taken);
    if (address !== null) this.#taken.add(address);
    return address;
  }

  giveBack(address: string | null): void {
    if (address !== null) this.#taken.delete(address);
  }

  /** @returns what stays: other people's networks, and ours that the engine would not remove */
  async #removeOwn(): Promise<Docker.NetworkInspectInfo[]> {
    const { docker } = this.#engine;
    const found = await docker.listNetworks();
    const own = found.filter(({ Labels: labels }) => labels?.[LABEL.scope] === this.#owner.scope);
    const { stuck } = await removeNetworks(docker, own);
    const names = new Set(stuck.map(({ name }) => name));
    for (let n = 2; names.has(this.#name); n++) this.#name = `${networkName(this.#owner)}-${n}`;
    return found.filter(({ Name }) => names.has(Name) || !own.some((one) => one.Name === Name));
  }

  async #makeChosen(known: readonly Docker.NetworkInspectInfo[]): Promise<void> {
    const taken = known
      .flatMap(({ IPAM }) => (IPAM?.Config ?? []).map(({ Subnet = '' }) => parseSubnet(Subnet)))
      .filter((one) => one !== null);
    // What another project is being given at this moment stands in no list yet: it shows by being refused.
    for (;;) {
      const chosen = freeSubnet(this.#engine.facts.addressPools, [...taken, ...routedSubnets()]);
      try {
        const network = await this.#make(chosen);
        this.#subnet = chosen;
        this.#gateway = chosen === null ? await gatewayOf(network) : gatewayIn(chosen);
        return;
      } catch (error) {
        if (chosen === null || !/overlap/i.test(messageOf(error))) throw error;
        taken.push(chosen);
      }
    }
  }

  /** @param subnet null: the engine chooses */
  #make(subnet: Subnet | null): Promise<Docker.Network> {
    const range = subnet && { Subnet: printSubnet(subnet), Gateway: gatewayIn(subnet) };
    return this.#engine.docker.createNetwork({
      Name: this.#name,
      Driver: 'bridge',
      CheckDuplicate: true,
      Labels: projectLabels(this.#owner),
      ...(range && { IPAM: { Driver: 'default', Config: [range] } }),
    } as Docker.NetworkCreateOptions);
  }
}

export function gatewayIn({ base }: Subnet): string {
  return printAddress(base + 1);
}

async function gatewayOf(network: Docker.Network): Promise<string> {
  const { IPAM } = (await network.inspect()) as Docker.NetworkInspectInfo;
  return (IPAM?.Config?.[0] as { Gateway?: string } | undefined)?.Gateway ?? '';
}

/** An engine that looks like one of this machine may be in a VM or beside the container that msvc runs in. */
export async function isOfThisMachine(address: string): Promise<boolean> {
  const server = createServer();
  const bound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(0, address, () => resolve(true));
  });
  server.close();
  return bound;
}

function networkFailed(network: string, error: unknown): MsvcError {
  const message = messageOf(error);
  const full = /non-overlapping|all predefined address pools/i.test(message);
  return new MsvcError('MSVC_NETWORK_FAILED', `the network ${network} could not be made: ${message}`, {
    facts: { network, reason: message },
    hint: full
      ? 'the engine has no range of addresses left: `docker network prune` removes unused networks'
      : undefined,
    cause: error,
  });
}
