/** All services by name, fed from the registry's snapshot and changes. Owns the services. */
import type { Fault } from '../../model/fault.ts';
import { type BalancerKind, type Policy, policyOf } from '../../model/policy.ts';
import type { Protocol } from '../../model/route.ts';
import type { Change, Snapshot } from '../../registry/registry.ts';
import { basePolicy, type Limits } from '../limits.ts';
import type { RouteTable } from '../protocol.ts';
import { wordsByService } from '../routes/route-words.ts';
import type { Endpoint } from './endpoint.ts';
import { Service } from './service.ts';
import type { Tell } from './tell.ts';

export class Directory {
  readonly #services = new Map<string, Service>();
  readonly #tell: Tell;
  readonly #limits: Limits;
  /** Of a service of which nothing is said. */
  readonly #base: Policy;
  #faults: readonly Fault[] = [];
  #protocols: Readonly<Record<string, Protocol>> = {};
  #version = -1;

  constructor(tell: Tell, limits: Limits) {
    this.#tell = tell;
    this.#limits = limits;
    this.#base = basePolicy(limits);
  }

  service(name: string): Service {
    let service = this.#services.get(name);
    if (!service) {
      service = new Service(name, this.#tell, this.#limits, this.#base);
      service.setFaults(this.#faults);
      service.setProtocol(this.#protocols[name] ?? 'http');
      this.#services.set(name, service);
    }
    return service;
  }

  get services(): Iterable<Service> {
    return this.#services.values();
  }

  /** Services that the table does not name go by the defaults. */
  setPolicies({ balancers, policies = {}, routes }: Pick<RouteTable, 'balancers' | 'policies' | 'routes'>): void {
    const routeWords = wordsByService(routes);
    // Nearly all go by the same one.
    const plain = new Map<BalancerKind, Policy>();
    const plainOf = (kind: BalancerKind): Policy => {
      const policy = plain.get(kind) ?? policyOf(this.#base, { balancer: { kind } });
      plain.set(kind, policy);
      return policy;
    };
    for (const name of new Set([...this.#services.keys(), ...Object.keys(balancers), ...Object.keys(policies)])) {
      const kind = balancers[name];
      const base = kind === undefined ? this.#base : plainOf(kind);
      const { own, callers = {} } = policies[name] ?? {};
      this.service(name).setPolicy(policyOf(base, own), callers, routeWords.get(name));
    }
  }

  /** Services that are not named speak HTTP/1.1. */
  setProtocols(protocols: Readonly<Record<string, Protocol>>): void {
    this.#protocols = protocols;
    for (const service of this.#services.values()) service.setProtocol(protocols[service.name] ?? 'http');
  }

  setFaults(faults: readonly Fault[]): void {
    this.#faults = faults;
    for (const service of this.#services.values()) service.setFaults(faults);
  }

  apply(snapshot: Snapshot): void {
    this.#version = snapshot.version;
    for (const [name, availability] of Object.entries(snapshot.availability)) {
      this.service(name).setAvailability(availability);
    }
    const present = new Set(snapshot.rows.map((row) => row.id as string));
    for (const service of this.#services.values()) {
      for (const id of [...service.endpoints.keys()]) if (!present.has(id)) service.remove(id);
    }
    for (const row of snapshot.rows) this.service(row.service).put(row);
  }

  /** A change that the snapshot already holds is passed over. */
  change(change: Change): void {
    if (change.version <= this.#version) return;
    this.#version = change.version;
    if (change.type === 'row') this.service(change.row.service).put(change.row);
    else if (change.type === 'row-gone') this.service(change.service).remove(change.id);
    else this.service(change.service).setAvailability(change.availability);
  }

  endpoint(instance: string): Endpoint | undefined {
    for (const service of this.#services.values()) {
      const endpoint = service.endpoints.get(instance);
      if (endpoint) return endpoint;
    }
    return undefined;
  }

  close(): void {
    for (const service of this.#services.values()) service.close();
  }
}
