/**
 * The public ports of services that do not speak HTTP (`public_port`): taken while a definition names them. Beside
 * edges, which are for callers inside the system.
 */
import type { Gateway } from '../gateway/gateway.ts';
import { hostPorts } from '../model/host-ports.ts';
import type { Project, ServiceSpec } from '../model/project.ts';
import type { PortLedger } from '../runtime/ports.ts';

export class TcpPorts {
  readonly #gateway: Gateway;
  readonly #ports: PortLedger;
  /** Service -> its port. */
  readonly #open = new Map<string, number>();

  constructor(gateway: Gateway, ports: PortLedger) {
    this.#gateway = gateway;
    this.#ports = ports;
  }

  /** @throws MsvcError MSVC_PORT_TAKEN; what was open stays open then, and nothing is added */
  async follow(project: Project): Promise<void> {
    const { services, gateway } = project;
    const wanted = Object.values(services).filter(({ publicPort }) => publicPort !== undefined);
    const stays = (name: string, port: number): boolean => services[name]?.publicPort === port;
    const added: string[] = [];
    try {
      for (const spec of wanted) {
        if (this.#open.get(spec.name) === spec.publicPort) continue;
        await this.#openOne(spec, gateway.host);
        added.push(spec.name);
      }
    } catch (error) {
      for (const name of added) await this.#close(name, this.#open.get(name)!);
      throw error;
    }
    for (const [name, port] of [...this.#open]) if (!stays(name, port)) await this.#close(name, port);
  }

  async #openOne({ name, publicPort, places }: ServiceSpec, host: string): Promise<void> {
    const port = publicPort!;
    await this.#ports.claimFixed(port, { service: name, place: places.public_port });
    try {
      const before = this.#open.get(name);
      if (before !== undefined) await this.#close(name, before);
      await this.#gateway.listen({ id: `tcp:${name}`, kind: 'edge', host, port, callee: name });
      this.#open.set(name, port);
    } catch (error) {
      this.#ports.release(port);
      throw error;
    }
  }

  async #close(name: string, port: number): Promise<void> {
    this.#open.delete(name);
    await this.#gateway.unlisten(`tcp:${name}`);
    this.#ports.release(port);
  }
}

/** Ports that the definition names, which nobody may be given by chance. */
export function fixedPorts({ services, registry }: Project): number[] {
  const all = Object.values(services);
  const own = all.flatMap(hostPorts);
  return [...own, ...all.flatMap(({ publicPort }) => publicPort ?? []), ...(registry.http ? [registry.http.port] : [])];
}
