/**
 * How containers and this machine reach each other. Pure: facts about the engine and its network in, addresses out.
 *
 * An engine of this Linux machine shares its network: the project's bridge has an address of this machine (its
 * gateway), and a container's own address can be connected to. An engine in a VM (Docker Desktop and the like) does
 * not: this machine is `host.docker.internal` there, and a container's port is reached as published on 127.0.0.1.
 */
import { VM_HOST } from '../../../model/names.ts';
import type { Reach } from '../driver.ts';

export type Placement = 'bridge' | 'vm';

export interface EngineFacts {
  /** `Docker Desktop`, `Debian GNU/Linux 12 (bookworm)`, ... */
  readonly operatingSystem: string;
  readonly securityOptions: readonly string[];
}

export function placementOf(facts: EngineFacts, platform: NodeJS.Platform = process.platform): Placement {
  if (platform !== 'linux') return 'vm';
  if (/docker desktop|rancher desktop/i.test(facts.operatingSystem)) return 'vm';
  // A rootless engine has a network namespace of its own.
  return facts.securityOptions.some((option) => option.includes('rootless')) ? 'vm' : 'bridge';
}

/** What a container calls this machine, and where this machine listens for it. */
export interface HostSide {
  /** In the environment of containers. */
  readonly name: string;
  /** Where edges for containers listen. */
  readonly listen: string;
  /** Whether a connection shows which container made it. In a VM all come from its proxy. */
  readonly showsPeer: boolean;
}

export function hostSide(placement: Placement, bridgeGateway: string): HostSide {
  if (placement === 'vm') return { name: VM_HOST, listen: '127.0.0.1', showsPeer: false };
  return { name: bridgeGateway, listen: bridgeGateway, showsPeer: true };
}

/** Inner port -> where it was published on 127.0.0.1. */
export type Published = ReadonlyMap<number, number>;

export function reachOf(placement: Placement, address: string, published: Published): Reach {
  if (placement === 'bridge') return { hosts: [address], portOf: (port) => port };
  return { hosts: ['127.0.0.1'], portOf: (port) => published.get(port) ?? port };
}

/** Ports that must be published for this machine to reach them. */
export function portsToPublish(placement: Placement, wanted: readonly (number | null)[]): number[] {
  if (placement === 'bridge') return [];
  return [...new Set(wanted.filter((port) => port !== null))];
}

export interface Subnet {
  readonly base: number;
  readonly size: number;
}

export function parseSubnet(cidr: string): Subnet | null {
  const [, a, b, c, d, bits] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr) ?? [];
  if (bits === undefined || Number(bits) > 30) return null;
  const size = 2 ** (32 - Number(bits));
  const address = [a, b, c, d].reduce((sum, part) => sum * 256 + Number(part), 0);
  return { base: address - (address % size), size };
}

export function printAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** The lowest free address; the first one is the gateway's, the last one everybody's. */
export function freeAddress(subnet: Subnet, taken: ReadonlySet<string>): string | null {
  for (let at = subnet.base + 2; at < subnet.base + subnet.size - 1; at++) {
    const address = printAddress(at);
    if (!taken.has(address)) return address;
  }
  return null;
}
