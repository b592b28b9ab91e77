/** What the figures were taken on, in neutral words, and whether it is quiet enough to take some. Linux. */
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/** `2 cores, Debian 12, Node 20.20`: nothing that tells whose machine it is. */
export function machine(): string {
  const cores = os.availableParallelism();
  const node = process.versions.node.split('.').slice(0, 2).join('.');
  return `${cores} ${cores === 1 ? 'core' : 'cores'}, ${distribution()}, Node ${node}`;
}

function distribution(): string {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    const value = (key: string): string => new RegExp(`^${key}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? '';
    const name = value('NAME').replace(/ GNU\/Linux$/, '');
    return `${name} ${value('VERSION_ID')}`.trim();
  } catch {
    return os.type();
  }
}

/** Share of all cores that was busy between two looks, 0 to 1. */
async function busy(lookMs: number): Promise<number> {
  const before = cpuTimes();
  await pause(lookMs);
  const after = cpuTimes();
  return 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
}

function cpuTimes(): { idle: number; all: number } {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.trim().split(/\s+/).slice(1, 9).map(Number);
  return { idle: fields[3]! + fields[4]!, all: fields.reduce((sum, value) => sum + value, 0) };
}

/** Waits until the machine does nothing else worth mentioning. @returns false when that did not happen in time. */
export async function quiet(limitMs = 1_500, share = 0.05): Promise<boolean> {
  const until = performance.now() + limitMs;
  do {
    if ((await busy(150)) <= share) return true;
  } while (performance.now() < until);
  return false;
}

const CONNECTIONS = '/proc/sys/net/netfilter/nf_conntrack_count';

/**
 * Waits until the kernel has forgotten what earlier runs connected, which takes it two minutes: an engine reads that
 * table whole for each container that ends. @returns false when that did not happen in time
 */
export async function fewConnections(limitMs = 150_000, most = 1_000): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (existsSync(CONNECTIONS) && Number(readFileSync(CONNECTIONS, 'utf8')) > most) {
    if (performance.now() > until) return false;
    await pause(1_000);
  }
  return true;
}
