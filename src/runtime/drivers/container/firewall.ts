/**
 * Whether a firewall of this machine keeps containers from calling it. Sees what iptables tells who may ask it, and what
 * ufw's own files tell everybody; of another one it knows nothing. Changes nothing.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseSubnet, type Subnet } from './address.ts';

export interface Firewall {
  readonly name: 'ufw' | 'iptables';
  /** false: that it is on is all that this user may see. */
  readonly isCertain: boolean;
}

const ASK_MS = 3_000;
const UFW_SWITCH = '/etc/ufw/ufw.conf';
const UFW_DEFAULTS = '/etc/default/ufw';

/** @param range of a project's network */
export async function readFirewall(range: Subnet): Promise<Firewall | null> {
  const hasUfw = isOn(textOf(UFW_SWITCH), textOf(UFW_DEFAULTS));
  const rules = await askIptables();
  if (rules === null) return hasUfw ? { name: 'ufw', isCertain: false } : null;
  return keepsOut(rules, range) ? { name: hasUfw ? 'ufw' : 'iptables', isCertain: true } : null;
}

/** ufw is on and takes nothing that no rule of its own names. */
export function isOn(conf: string, defaults: string): boolean {
  return /^ENABLED=yes/im.test(conf) && !/^DEFAULT_INPUT_POLICY="?ACCEPT/im.test(defaults);
}

/**
 * Whether a new connection from that range to this machine is dropped in the end: by the policy, or by a rule for
 * everybody, while no rule lets in the range, or the bridges of engines.
 * @param rules as `iptables -S` prints them
 */
export function keepsOut(rules: string, range: Subnet): boolean {
  const lines = rules.split('\n');
  const isClosed = lines.some((line) => /^-P INPUT DROP\b|^-A INPUT -j (DROP|REJECT)\b/.test(line));
  return isClosed && !lines.some((line) => letsIn(line, range));
}

function letsIn(line: string, range: Subnet): boolean {
  // Of forwarded packets others speak: these are for this machine.
  if (!line.endsWith('-j ACCEPT') || /^-A (FORWARD|OUTPUT|DOCKER)\b/.test(line)) return false;
  if (/ -i (br-|docker)/.test(line)) return true;
  const source = / -s (\S+)/.exec(line)?.[1];
  const from = source === undefined ? null : parseSubnet(source);
  // A rule for answers, for one port or one interface lets in nobody new.
  if (source === undefined) return /^-A \S+ -j ACCEPT$/.test(line);
  return from !== null && from.base <= range.base && range.base + range.size <= from.base + from.size;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Null: it is not here, or this user may not ask. */
function askIptables(): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('iptables', ['-S'], { timeout: ASK_MS }, (error, stdout) => resolve(error ? null : stdout));
  });
}
