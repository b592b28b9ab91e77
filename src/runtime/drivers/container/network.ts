/**
 * The private network of a project: made when it is first needed, removed when the project goes down. Owns which of
 * its addresses are taken: msvc gives them out itself, so that a container's address is known before it runs and its
 * edges can be opened to it alone.
 */
import type Docker from 'dockerode';
import { freeAddress, parseSubnet, type Subnet } from './address.ts';
import type { ContainerEngine } from './engine.ts';
import { statusOf } from './errors.ts';
import { networkName, type Owner, ofScope, projectLabels } from './labels.ts';

const TRIES = 5;

interface Inspected {
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string; readonly Gateway?: string }[] };
}

export class ProjectNetwork {
  readonly name: string;
  readonly #engine: ContainerEngine;
  readonly #owner: Owner;
  readonly #taken = new Set<string>();
  #subnet: Subnet | null = null;
  #gateway = '';

  constructor(engine: ContainerEngine, owner: Owner) {
    this.#engine = engine;
    this.#owner = owner;
    this.name = networkName(owner);
  }

  /** The bridge's address on this machine. */
  get gateway(): string {
    return this.#gateway;
  }

  /**
   * An engine gives out addresses on request only in a subnet that was asked for: it is let choose one, which is then
   * asked for. @throws the engine's error (all its subnets are taken, say)
   */
  async open(): Promise<void> {
    await this.remove();
    for (let attempt = 1; ; attempt++) {
      const chosen = await this.#make(undefined);
      const [range] = chosen.IPAM?.Config ?? [];
      await this.remove();
      try {
        const made = await this.#make(range);
        const [config] = made.IPAM?.Config ?? [];
        this.#subnet = parseSubnet(config?.Subnet ?? '');
        this.#gateway = config?.Gateway ?? '';
        return;
      } catch (error) {
        // Somebody else took it in between.
        if (attempt === TRIES) throw error;
      }
    }
  }

  /** Null where the engine must choose (its network is none we understand). */
  takeAddress(): string | null {
    if (this.#subnet === null) return null;
    const address = freeAddress(this.#subnet, this.#taken.add(this.#gateway));
    if (address !== null) this.#taken.add(address);
    return address;
  }

  giveBack(address: string | null): void {
    if (address !== null) this.#taken.delete(address);
  }

  async remove(): Promise<void> {
    const { docker } = this.#engine;
    const found = await docker.listNetworks({ filters: JSON.stringify(ofScope(this.#owner.scope)) as never });
    await Promise.all(
      found.map(({ Id }) =>
        docker
          .getNetwork(Id)
          .remove()
          .catch((error: unknown) => {
            if (statusOf(error) !== 404) throw error;
          }),
      ),
    );
  }

  async #make(range: { readonly Subnet?: string; readonly Gateway?: string } | undefined): Promise<Inspected> {
    const network: Docker.Network = await this.#engine.docker.createNetwork({
      Name: this.name,
      Driver: 'bridge',
      CheckDuplicate: true,
      Labels: projectLabels(this.#owner),
      ...(range && { IPAM: { Driver: 'default', Config: [range] } }),
    } as Docker.NetworkCreateOptions);
    return (await network.inspect()) as Inspected;
  }
}
