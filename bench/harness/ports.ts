/** Ports for the rivals, which take what they are given: a free stretch below the ephemeral range. Linux. */
import { readFileSync } from 'node:fs';

const FIRST = 20_000;
const LAST = 30_000;

/** @returns the first of `count` neighbouring ports on which nothing listens. */
export function freeStretch(count: number): number {
  const taken = listening();
  let start = FIRST;
  for (let port = FIRST; port < LAST; port++) {
    if (taken.has(port)) start = port + 1;
    else if (port - start + 1 === count) return start;
  }
  throw new Error(`no ${count} free ports in a row between ${FIRST} and ${LAST}`);
}

function listening(): Set<number> {
  const ports = new Set<number>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const [, local, , state] = line.trim().split(/\s+/);
      if (state === '0A') ports.add(Number.parseInt(local!.split(':').pop()!, 16));
    }
  }
  return ports;
}
