/** All services by name, fed from the registry's snapshot and changes. Owns the services. */
import type { Fault } from '../../model/fault.ts';
import type { Protocol } from '../../model/route.ts';
import type { Change, Snapshot } from '../../registry/registry.ts';
import type { Limits } from '../limits.ts';
import type { RouteTable } from '../protocol.ts';
import { wordsByService } from '../routes/route-words.ts';
import type { Endpoint } from './endpoint.ts';
import { Service } from './service.ts';
import type { Tell } from './tell.ts';

export class Directory {
  readonly #services = new Map<string, Service>();
  readonly #tell: Tell;
  readonly #limits: Limits;
  #faults: readonly Fault[] = [];
  #protocols: Readonly<Record<string, Protocol>> = {};
  #version = -1;

  constructor(tell: Tell, limits: Limits) {
    this.#tell = tell;
    this.#limits = limits;
  }

  service(name: string): Service {
    let service = this.#services.get(name);
    if (!service) {
      service = new Service(name, this.#tell, this.#limits);
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
    for (const name of new Set([...this.#services.keys(), ...Object.keys(balancers), ...Object.keys(policies)])) {
      const kind = balancers[name];
      const { own, callers } = policies[name] ?? { own: {}, callers: {} };
      const words =
        kind === undefined || own.balancer?.kind !== undefined ? own : { ...own, balancer: { ...own.balancer, kind } };
      this.service(name).setPolicy(words, callers, routeWords.get(name));
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
