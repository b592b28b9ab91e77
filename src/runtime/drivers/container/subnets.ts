/**
 * Which range of addresses a project's network gets. An engine gives out addresses on request only in a range that was
 * asked for, so msvc chooses one as the engine would: the first of its pools that no other network and no route of this
 * machine overlaps. Pure but for `routedSubnets`, which reads a file.
 */
import { readFileSync } from 'node:fs';
import { parseSubnet, printAddress, type Subnet } from './address.ts';

/** As `docker info` tells it: ranges of `2^(32-Size)` addresses within `Base`. */
export interface AddressPool {
  readonly Base: string;
  readonly Size: number;
}

/** Where the engine's configuration names none. https://docs.docker.com/engine/network/#automatic-subnet-allocation */
const DEFAULT_POOLS: readonly AddressPool[] = [
  { Base: '172.17.0.0/16', Size: 16 },
  { Base: '172.18.0.0/16', Size: 16 },
  { Base: '172.19.0.0/16', Size: 16 },
  { Base: '172.20.0.0/14', Size: 16 },
  { Base: '172.24.0.0/14', Size: 16 },
  { Base: '172.28.0.0/14', Size: 16 },
  { Base: '192.168.0.0/16', Size: 20 },
];

/** @returns null when all of them are taken, or none can be read (IPv6) */
export function freeSubnet(pools: readonly AddressPool[] | null, taken: readonly Subnet[]): Subnet | null {
  for (const { Base: base, Size: bits } of pools?.length ? pools : DEFAULT_POOLS) {
    const pool = parseSubnet(base);
    if (pool === null || bits > 30) continue;
    const size = 2 ** (32 - bits);
    for (let at = pool.base; at + size <= pool.base + pool.size; at += size) {
      const subnet = { base: at, size };
      if (!taken.some((other) => overlap(subnet, other))) return subnet;
    }
  }
  return null;
}

export function printSubnet({ base, size }: Subnet): string {
  return `${printAddress(base)}/${32 - Math.log2(size)}`;
}

/** What this machine reaches some other way already, a VPN say; the default route is none. Empty where that cannot be read. */
export function routedSubnets(file = '/proc/net/route'): Subnet[] {
  let table: string;
  try {
    table = readFileSync(file, 'latin1');
  } catch {
    return [];
  }
  const rows = table
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
  return rows.flatMap(([, destination, , , , , , mask]) => {
    if (destination === undefined || mask === undefined) return [];
    const size = 2 ** 32 - addressOfHex(mask);
    return size === 2 ** 32 ? [] : [{ base: addressOfHex(destination), size }];
  });
}

/** The kernel prints addresses in the machine's byte order: little-endian on all that Node runs on. */
function addressOfHex(hex: string): number {
  return Buffer.from(hex, 'hex').readUInt32LE();
}

function overlap(a: Subnet, b: Subnet): boolean {
  return a.base < b.base + b.size && b.base < a.base + a.size;
}
