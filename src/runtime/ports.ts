/**
 * The ports of one project: which key (a replica slot, an edge, the gateway) has which. `auto` ones stay the same
 * from run to run, are never shared with another project of this user, and are free when they are handed out. It
 * cannot keep a stranger from taking one in the moment before the service listens.
 *
 * Owns this engine's reservations and the project's ports.json.
 */
import { createHash } from 'node:crypto';
import { MsvcError } from '../model/error.ts';
import type { Place } from '../model/place.ts';
import { isPortFree } from './ports/port-free.ts';
import { PortMemory } from './ports/port-memory.ts';
import { autoRange, isWellKnown, type PortRange } from './ports/range.ts';
import { type Holder, Reservations } from './ports/reservations.ts';
import { processTable } from './process-table.ts';
import { type PortOwner, portOwner } from './processes/sockets.ts';

export interface PortLedgerOptions {
  /** Of the user; reservations are kept in `ports/` there. */
  readonly runtimeDir: string;
  /** Of the project. */
  readonly stateDir: string;
  /** Default: 20000 up to the system's ephemeral ports. */
  readonly range?: PortRange;
  /** ports.json could not be written; the ports are good all the same. */
  readonly onWriteFailed?: (error: Error) => void;
}

export type GatewayPortSpec =
  | { readonly kind: 'auto'; readonly preferred: number }
  | { readonly kind: 'fixed'; readonly number: number };

export interface GatewayPort {
  readonly port: number;
  /** It is not the preferred one. */
  readonly moved: boolean;
  /** Who has the preferred one, where it moved and that could be seen. */
  readonly takenBy: PortOwner | null;
}

/** How far from its preferred port the gateway looks before it takes any. */
const GATEWAY_STEPS = 100;

export class PortLedger {
  readonly #reservations: Reservations;
  readonly #memory: PortMemory;
  readonly #range: PortRange;
  readonly #project: string;
  readonly #keys = new Map<number, string>();
  #avoided: ReadonlySet<number> = new Set();

  constructor({ runtimeDir, stateDir, range = autoRange(), onWriteFailed = () => {} }: PortLedgerOptions) {
    this.#reservations = new Reservations(runtimeDir, stateDir);
    this.#memory = new PortMemory(stateDir, onWriteFailed);
    this.#range = range;
    this.#project = stateDir;
  }

  /** Ports that `claim` must leave alone: the fixed ones of the definition, claimed or not. Replaces the last list. */
  avoid(ports: Iterable<number>): void {
    this.#avoided = new Set(ports);
  }

  /**
   * A port for this key: the one it had last, if that can be had, otherwise one that then stays. While a claim of the
   * same key is held another one gets a second port of its own (two generations of a replica side by side), which is
   * remembered too.
   * @throws MsvcError MSVC_NO_FREE_PORT
   */
  async claim(key: string): Promise<number> {
    const name = this.#freeName(key);
    const remembered = this.#memory.get(name);
    if (remembered !== undefined && !this.#avoided.has(remembered) && (await this.#take(remembered, name)) === null) {
      return remembered;
    }
    const { from, to } = this.#range;
    const size = to - from + 1;
    const start = createHash('sha256').update(`${this.#project}\0${name}`).digest().readUInt32BE(0) % size;
    for (let step = 0; step < size; step += 1) {
      const port = from + ((start + step) % size);
      if (isWellKnown(port) || this.#avoided.has(port)) continue;
      // Another key of this project had it and may come back for it.
      if (step < size / 2 && (this.#memory.keyOf(port) ?? name) !== name) continue;
      if ((await this.#take(port, name)) === null) return port;
    }
    throw new MsvcError('MSVC_NO_FREE_PORT', `no port from ${from} to ${to} is free`, { facts: { from, to, key } });
  }

  /**
   * A port a person wrote down. May be claimed again by whoever holds it (a restart): then it must be free again.
   * @throws MsvcError MSVC_PORT_TAKEN with facts `{ port, service, pid, command, project }`, null where it cannot be seen
   */
  async claimFixed(port: number, of: { readonly service: string; readonly place: Place | undefined }): Promise<void> {
    const holder = this.#reservations.has(port) ? null : this.#reservations.take(port);
    if (!holder && (await this.#isFree(port, of))) {
      this.#keys.set(port, `fixed:${of.service}`);
      return;
    }
    if (!this.#keys.has(port)) this.#reservations.release(port);
    throw await taken(port, holder, of, 'give it another port, or `port: auto`');
  }

  /** @throws MsvcError MSVC_PORT_TAKEN (fixed), MSVC_NO_FREE_PORT (auto) */
  async claimGateway(spec: GatewayPortSpec, place?: Place): Promise<GatewayPort> {
    if (spec.kind === 'fixed') {
      const of = { service: 'gateway', place };
      const holder = this.#reservations.take(spec.number);
      if (!holder && (await this.#isFree(spec.number, of))) {
        this.#keys.set(spec.number, 'gateway');
        return { port: spec.number, moved: false, takenBy: null };
      }
      if (!holder) this.#reservations.release(spec.number);
      throw await taken(spec.number, holder, of, 'use --port with another number, or `gateway: { port: auto }`');
    }
    const { preferred } = spec;
    for (let port = preferred; port < Math.min(preferred + GATEWAY_STEPS, 65_536); port += 1) {
      if (this.#avoided.has(port) || (await this.#take(port, 'gateway', false)) !== null) continue;
      return { port, moved: port !== preferred, takenBy: port === preferred ? null : await portOwner(preferred) };
    }
    return { port: await this.claim('gateway'), moved: true, takenBy: await portOwner(preferred) };
  }

  release(port: number): void {
    this.#keys.delete(port);
    this.#reservations.release(port);
  }

  /** Gives everything back and writes the memory. */
  close(): void {
    this.#keys.clear();
    this.#reservations.close();
    this.#memory.flush();
  }

  /** `key`, or `key#2`, ...: the first whose claim is not held. */
  #freeName(key: string): string {
    const held = new Set(this.#keys.values());
    let name = key;
    for (let copy = 2; held.has(name); copy += 1) name = `${key}#${copy}`;
    return name;
  }

  /** @returns null when it is ours now. */
  async #take(port: number, name: string, remember = true): Promise<'reserved' | 'in-use' | null> {
    if (this.#keys.has(port) || this.#reservations.take(port) !== null) return 'reserved';
    // Held before the wait, so that a concurrent claim of the same key takes the next name.
    this.#keys.set(port, name);
    if (!(await isPortFree(port).catch(() => false))) {
      this.release(port);
      return 'in-use';
    }
    if (remember) this.#memory.set(name, port);
    return null;
  }

  async #isFree(port: number, of: { service: string; place: Place | undefined }): Promise<boolean> {
    try {
      return await isPortFree(port);
    } catch (error) {
      this.release(port);
      const reason = (error as NodeJS.ErrnoException).code ?? '';
      throw new MsvcError('MSVC_LAUNCH_FAILED', `${of.service} may not listen on port ${port}`, {
        facts: { port, service: of.service, reason },
        place: of.place,
        hint: reason === 'EACCES' ? 'ports below 1024 are the system’s: use a higher one' : undefined,
        cause: error,
      });
    }
  }
}

async function taken(
  port: number,
  holder: Holder | null,
  of: { service: string; place: Place | undefined },
  hint: string,
): Promise<MsvcError> {
  const engine = holder && holder.pid > 0 ? { pid: holder.pid, command: await processTable.command(holder.pid) } : null;
  const owner = (await portOwner(port)) ?? engine;
  const by = owner ? `process ${owner.pid} (${owner.command ?? ''})` : 'another process';
  return new MsvcError('MSVC_PORT_TAKEN', `port ${port} of ${of.service} is taken by ${by}`, {
    facts: {
      port,
      service: of.service,
      pid: owner?.pid ?? null,
      command: owner?.command ?? null,
      project: holder?.project ?? null,
    },
    place: of.place,
    hint,
  });
}
