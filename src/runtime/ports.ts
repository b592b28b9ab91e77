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
import { freeNow, type IsFree } from './ports/free-now.ts';
import { isPortFree } from './ports/port-free.ts';
import { PortMemory } from './ports/port-memory.ts';
import { autoRange, isWellKnown, type PortRange } from './ports/range.ts';
import { type Holder, Reservations } from './ports/reservations.ts';
import { processTable } from './process-table.ts';
import { portOwner } from './processes/sockets.ts';

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
}

/** From a port that somebody else has taken; `pid` and `command` are null where that cannot be seen. */
export interface Move {
  readonly port: number;
  readonly pid: number | null;
  readonly command: string | null;
}

interface Claim {
  readonly name: string;
  readonly resolve: (port: number) => void;
  readonly reject: (error: unknown) => void;
}

interface Wish {
  readonly name: string;
  readonly candidates: () => Iterable<number>;
}

/** How far from its preferred port the gateway looks before it takes any. */
const GATEWAY_STEPS = 100;

/** How long one look at the ports in use is good for: the gateway's port and all others are chosen in one go. */
const LOOK_MS = 20;

export class PortLedger {
  readonly #reservations: Reservations;
  readonly #memory: PortMemory;
  readonly #range: PortRange;
  readonly #project: string;
  /** Of each port that is held: for which key. */
  readonly #names = new Map<number, string>();
  /** Names that are held or being claimed. */
  readonly #used = new Set<string>();
  readonly #queue: Claim[] = [];
  readonly #foreseen = new Map<string, Promise<number>>();
  #avoided: ReadonlySet<number> = new Set();
  #look: { readonly at: number; readonly isFree: IsFree | null } | null = null;

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
   * remembered too. The claims of one turn are met together, under one lock and with one look at what is in use.
   * @throws MsvcError MSVC_NO_FREE_PORT
   */
  claim(key: string): Promise<number> {
    const foreseen = this.#foreseen.get(key);
    if (!foreseen) return this.#claim(key);
    this.#foreseen.delete(key);
    return foreseen;
  }

  /**
   * Chooses the ports of keys that will be claimed in a moment, all together, while there is time for it. Ports that were
   * foreseen earlier, were not claimed and are not among these are given back. Does nothing for a key that is held.
   */
  foresee(keys: readonly string[]): void {
    for (const [key, claim] of this.#foreseen) {
      if (keys.includes(key)) continue;
      this.#foreseen.delete(key);
      claim.then(
        (port) => this.release(port),
        () => {},
      );
    }
    for (const key of keys) {
      if (this.#used.has(key)) continue;
      const claim = this.#claim(key);
      claim.catch(() => this.#foreseen.get(key) === claim && this.#foreseen.delete(key));
      this.#foreseen.set(key, claim);
    }
  }

  /**
   * Another port for the key of a claim, when somebody listens on what it has; remembered from then on. Call it while
   * nothing of ours does.
   * @returns null when the port is free
   * @throws MsvcError MSVC_NO_FREE_PORT; nothing is claimed then
   */
  async move(port: number): Promise<Move | null> {
    const name = this.#names.get(port);
    if (name === undefined || (await isPortFree(port))) return null;
    const owner = await portOwner(port);
    this.release(port);
    return { port: await this.#claim(name), pid: owner?.pid ?? null, command: owner?.command ?? null };
  }

  #claim(key: string): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#queue.length === 0) setImmediate(() => void this.#meet(this.#queue.splice(0)));
      this.#queue.push({ name: this.#newName(key), resolve, reject });
    });
  }

  /**
   * A port a person wrote down. May be claimed again by whoever holds it (a restart): then it must be free again.
   * @throws MsvcError MSVC_PORT_TAKEN with facts `{ port, service, pid, command, project }`, null where it cannot be seen
   */
  async claimFixed(port: number, of: { readonly service: string; readonly place: Place | undefined }): Promise<void> {
    const holder = await this.#hold(port);
    if (!holder && (await this.#isFree(port, of))) {
      this.#name(port, `fixed:${of.service}`);
      return;
    }
    if (!holder && !this.#names.has(port)) this.#reservations.release(port);
    throw await taken(port, holder, of, 'give it another port, or `port: auto`');
  }

  /** @throws MsvcError MSVC_PORT_TAKEN (fixed), MSVC_NO_FREE_PORT (auto) */
  async claimGateway(spec: GatewayPortSpec, place?: Place): Promise<GatewayPort> {
    if (spec.kind === 'fixed') {
      const of = { service: 'gateway', place };
      const holder = await this.#hold(spec.number);
      if (!holder && (await this.#isFree(spec.number, of))) {
        this.#name(spec.number, 'gateway');
        return { port: spec.number, moved: false };
      }
      if (!holder) this.#reservations.release(spec.number);
      throw await taken(spec.number, holder, of, 'use --port with another number, or `gateway: { port: auto }`');
    }
    const { preferred } = spec;
    const near = function* (): Generator<number> {
      for (let port = preferred; port < Math.min(preferred + GATEWAY_STEPS, 65_536); port += 1) yield port;
    };
    const [port] = await this.#pick([{ name: 'gateway', candidates: near }]);
    return { port: port ?? (await this.claim('gateway')), moved: port !== preferred };
  }

  release(port: number): void {
    // It may have been refused: whoever took it shows now.
    this.#look = null;
    const name = this.#names.get(port);
    if (name !== undefined) this.#used.delete(name);
    this.#names.delete(port);
    this.#reservations.release(port);
  }

  /** Everything is about to be given back. */
  ending(): void {
    this.#reservations.ending();
  }

  /** Gives everything back and writes the memory. */
  async close(): Promise<void> {
    this.#names.clear();
    this.#used.clear();
    this.#foreseen.clear();
    this.#memory.flush();
    await this.#reservations.close();
  }

  async #meet(claims: readonly Claim[]): Promise<void> {
    const { from, to } = this.#range;
    try {
      const wishes = claims.map(({ name }) => ({ name, candidates: () => this.#candidates(name) }));
      const ports = await this.#pick(wishes);
      for (const [i, { name, resolve, reject }] of claims.entries()) {
        const port = ports[i];
        if (port !== undefined) {
          this.#memory.set(name, port);
          resolve(port);
          continue;
        }
        this.#used.delete(name);
        const facts = { from, to, key: name };
        reject(new MsvcError('MSVC_NO_FREE_PORT', `no port from ${from} to ${to} is free`, { facts }));
      }
    } catch (error) {
      for (const { name, reject } of claims) {
        this.#used.delete(name);
        reject(error);
      }
    }
  }

  /** The remembered one, then all of the range from a place of the key's own on. */
  *#candidates(name: string): Generator<number> {
    const remembered = this.#memory.get(name);
    if (remembered !== undefined) yield remembered;
    const { from, to } = this.#range;
    const size = to - from + 1;
    const start = createHash('sha256').update(`${this.#project}\0${name}`).digest().readUInt32BE(0) % size;
    for (let step = 0; step < size; step += 1) {
      const port = from + ((start + step) % size);
      if (isWellKnown(port)) continue;
      // Another key of this project had it and may come back for it.
      if (step < size / 2 && (this.#memory.keyOf(port) ?? name) !== name) continue;
      yield port;
    }
  }

  /** For each wish the first of its candidates that nobody holds or listens on, ours from then on. */
  async #pick(wishes: readonly Wish[]): Promise<(number | undefined)[]> {
    const busy = new Set<number>();
    const ports: (number | undefined)[] = wishes.map(() => undefined);
    for (let open = wishes.map((_, i) => i); open.length > 0; ) {
      let isFree: IsFree | null = null;
      await this.#reservations.take((holderOf) => {
        isFree = this.#freeNow();
        const isTaken = (port: number): boolean =>
          this.#avoided.has(port) ||
          this.#names.has(port) ||
          this.#reservations.has(port) ||
          busy.has(port) ||
          holderOf(port) !== null ||
          isFree?.(port) === false;
        for (const i of open) {
          ports[i] = first(wishes[i]!.candidates(), (port) => !isTaken(port));
          if (ports[i] !== undefined) this.#name(ports[i], wishes[i]!.name);
        }
        return open.flatMap((i) => ports[i] ?? []);
      });
      if (isFree !== null) break;
      const refused = await Promise.all(
        open.map(async (i) => ports[i] !== undefined && !(await isPortFree(ports[i]).catch(() => false))),
      );
      open = open.filter((_, at) => refused[at]);
      for (const i of open) {
        busy.add(ports[i]!);
        this.#names.delete(ports[i]!);
        this.#reservations.release(ports[i]!);
      }
    }
    return ports;
  }

  #freeNow(): IsFree | null {
    const now = performance.now();
    if (this.#look === null || now - this.#look.at > LOOK_MS) this.#look = { at: now, isFree: freeNow() };
    return this.#look.isFree;
  }

  /** @returns who else has it; null when it is ours now */
  async #hold(port: number): Promise<Holder | null> {
    if (this.#reservations.has(port)) return null;
    let holder: Holder | null = null;
    await this.#reservations.take((holderOf) => {
      holder = holderOf(port);
      return holder ? [] : [port];
    });
    return holder;
  }

  #name(port: number, name: string): void {
    this.#names.set(port, name);
    this.#used.add(name);
  }

  /** `key`, or `key#2`, ...: the first whose claim is not held. */
  #newName(key: string): string {
    let name = key;
    for (let copy = 2; this.#used.has(name); copy += 1) name = `${key}#${copy}`;
    this.#used.add(name);
    return name;
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

function first(candidates: Iterable<number>, isGood: (port: number) => boolean): number | undefined {
  for (const port of candidates) if (isGood(port)) return port;
  return undefined;
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
