/**
 * Instances that msvc did not start: whoever registers one keeps it by a lease, either an open connection (`msvc
 * register`) or checks that must be renewed (Consul's TTL checks). Owns the leases and their timers; writes their rows.
 */
import { type InstanceId, instanceId, serviceName } from '../model/names.ts';
import type { Registry } from './registry.ts';

export type CheckStatus = 'passing' | 'warning' | 'critical';

/** Without a TTL it holds until it is set anew. */
export interface CheckSpec {
  readonly id: string;
  readonly name: string;
  readonly ttlMs: number | null;
  readonly status: CheckStatus;
  readonly notes: string;
  /** How long it may be critical before the instance is taken out altogether. */
  readonly deregisterAfterMs: number | null;
}

export interface Check extends CheckSpec {
  readonly output: string;
}

export interface RegistrationSpec {
  /** Of the registrant's choosing; one registered again replaces the one before. */
  readonly id: string;
  readonly service: string;
  readonly host: string;
  readonly port: number;
  readonly by: 'command' | 'consul';
  readonly replaces: boolean;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** While all checks pass, and while one warns. */
  readonly weights: { readonly passing: number; readonly warning: number };
  readonly checks: readonly CheckSpec[];
}

export interface Registration extends Omit<RegistrationSpec, 'checks'> {
  /** The worst of its checks; without any it passes. */
  readonly status: CheckStatus;
  readonly checks: readonly Check[];
}

export type EndReason = 'deregistered' | 'connection-closed' | 'expired' | 'replaced';

/** What the engine makes events of. */
export interface RegistrationNews {
  readonly type: 'added' | 'ready' | 'unready' | 'ended';
  readonly registration: Registration;
  /** Of `ended`. */
  readonly reason?: EndReason;
  /** Of `unready`: what the check said. */
  readonly detail?: string;
}

interface Held {
  readonly instance: InstanceId;
  registration: Registration;
  readonly timers: Map<string, NodeJS.Timeout>;
  isReady: boolean;
}

const NEVER = 'never passed';

export class Registrations {
  readonly #registry: Registry;
  readonly #onNews: (news: RegistrationNews) => void;
  readonly #held = new Map<string, Held>();
  #number = 0;
  #version = 0;

  constructor(registry: Registry, onNews: (news: RegistrationNews) => void) {
    this.#registry = registry;
    this.#onNews = onNews;
  }

  /** Another one whenever anything is known of a registration that was not, if only what a check said. */
  get version(): number {
    return this.#version;
  }

  all(): Registration[] {
    return [...this.#held.values()].map(({ registration }) => registration);
  }

  get(id: string): Registration | undefined {
    return this.#held.get(id)?.registration;
  }

  /** The registration that has a check of this id. */
  withCheck(id: string): Registration | undefined {
    return this.all().find(({ checks }) => checks.some((check) => check.id === id));
  }

  add(spec: RegistrationSpec): void {
    const before = this.#held.get(spec.id);
    const { service } = before?.registration ?? spec;
    if (before && service !== spec.service) this.remove(spec.id, 'replaced');
    // Registered again with the same address (clients do so on every reconnect): what its checks last said holds.
    const known = new Map(this.#held.get(spec.id)?.registration.checks.map((check) => [check.id, check]));
    const checks = spec.checks.map((check): Check => {
      const old = known.get(check.id);
      return {
        ...check,
        status: old?.status ?? check.status,
        output: old?.output ?? (check.ttlMs === null ? '' : NEVER),
      };
    });
    const again = this.#held.get(spec.id);
    for (const timer of again?.timers.values() ?? []) clearTimeout(timer);
    const held: Held = {
      // Replica 0 is nobody else's.
      instance: again?.instance ?? instanceId(serviceName(spec.service), 0, ++this.#number),
      registration: { ...spec, checks, status: worst(checks) },
      timers: new Map(),
      isReady: again?.isReady ?? false,
    };
    this.#held.set(spec.id, held);
    this.#version++;
    for (const check of checks) this.#watch(held, check);
    if (!again) this.#onNews({ type: 'added', registration: held.registration });
    this.#write(held);
  }

  /** @returns false when there is none of that id */
  remove(id: string, reason: EndReason): boolean {
    const held = this.#held.get(id);
    if (!held) return false;
    this.#held.delete(id);
    this.#version++;
    for (const timer of held.timers.values()) clearTimeout(timer);
    this.#registry.remove(held.instance);
    this.#onNews({ type: 'ended', registration: held.registration, reason });
    return true;
  }

  /** @returns false when no registration has a check of that id */
  setCheck(id: string, status: CheckStatus, output: string): boolean {
    const owner = this.withCheck(id);
    const held = owner && this.#held.get(owner.id);
    if (!held) return false;
    this.#change(held, id, status, output);
    return true;
  }

  close(): void {
    for (const { timers } of this.#held.values()) for (const timer of timers.values()) clearTimeout(timer);
    this.#held.clear();
  }

  #change(held: Held, id: string, status: CheckStatus, output: string): void {
    const checks = held.registration.checks.map((check) => (check.id === id ? { ...check, status, output } : check));
    held.registration = { ...held.registration, checks, status: worst(checks) };
    this.#version++;
    this.#watch(held, checks.find((check) => check.id === id)!);
    this.#write(held);
  }

  /** Sets the timer of what happens to a check by itself: it expires, or its instance is given up. */
  #watch(held: Held, check: Check): void {
    const { timers } = held;
    clearTimeout(timers.get(check.id));
    timers.delete(check.id);
    const { status, ttlMs, deregisterAfterMs } = check;
    const dueMs = status === 'critical' ? deregisterAfterMs : ttlMs;
    if (dueMs === null) return;
    const timer = setTimeout(() => {
      if (status === 'critical') this.remove(held.registration.id, 'expired');
      else this.#change(held, check.id, 'critical', `not renewed for ${dueMs / 1000} s`);
    }, dueMs);
    timers.set(check.id, timer.unref());
  }

  #write(held: Held): void {
    const { registration } = held;
    const { id, service, host, port, status, weights, replaces, metadata, tags } = registration;
    const isReady = status !== 'critical';
    this.#registry.put({
      id: held.instance,
      service: serviceName(service),
      replica: 0,
      label: id,
      host,
      port,
      state: isReady ? 'ready' : 'starting',
      weight: status === 'warning' ? weights.warning : weights.passing,
      metadata,
      tags,
      external: true,
      ...(status === 'warning' && { warning: true as const }),
      ...(replaces && { replaces }),
    });
    if (isReady === held.isReady) return;
    held.isReady = isReady;
    const detail = registration.checks.find((check) => check.status === 'critical')?.output ?? '';
    this.#onNews(isReady ? { type: 'ready', registration } : { type: 'unready', registration, detail });
  }
}

function worst(checks: readonly Check[]): CheckStatus {
  if (checks.some(({ status }) => status === 'critical')) return 'critical';
  return checks.some(({ status }) => status === 'warning') ? 'warning' : 'passing';
}
