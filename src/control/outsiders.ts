/**
 * Instances that msvc did not start, held by the connection of a `msvc register`: when it closes, for whatever reason,
 * the registration is over. Owns the watch over their ports, and turns what becomes of all registrations (those of
 * Consul clients too) into events.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { MsvcError } from '../model/error.ts';
import type { NewEvent } from '../model/event.ts';
import { serviceName } from '../model/names.ts';
import type { Project } from '../model/project.ts';
import { type CheckStatus, type RegistrationNews, Registrations } from '../registry/registrations.ts';
import { Connector } from '../runtime/probes/connect.ts';
import type { RegisterParams } from './protocol.ts';
import { RegistryPort, type RegistryPortParts } from './registry-port.ts';
import { gone, type Peer } from './server.ts';

/** A person waits for the first one; a debugger that starts the program anew is back within a moment. */
const LOOK_EVERY_MS = 200;
const CONNECT_MS = 1_000;
/** A port that does not answer at all may be busy; one that refuses is not there. */
const SILENT_LOOKS = 5;

export class Outsiders {
  readonly registrations: Registrations;
  readonly #emit: (event: NewEvent) => number;
  /** Latest event of each registration: the cause of what follows. */
  readonly #causes = new Map<string, number>();

  readonly #port: RegistryPort;

  constructor(parts: Omit<RegistryPortParts, 'registrations'>) {
    this.#emit = parts.emit;
    this.registrations = new Registrations(parts.registry, (news) => this.#tell(news));
    this.#port = new RegistryPort({ ...parts, registrations: this.registrations });
  }

  /** Opens, moves or closes the HTTP port, as the definition has it. @throws MsvcError MSVC_PORT_TAKEN */
  follow(project: Project): Promise<void> {
    return this.#port.follow(project);
  }

  /** Resolves when the peer has gone. @throws MsvcError MSVC_USAGE when the port is registered already */
  async register({ service, port, host, beside }: RegisterParams, peer: Peer, cause: number): Promise<void> {
    const id = `${service}@${host === null ? '' : `${host}:`}${port}`;
    if (this.registrations.get(id)) {
      throw new MsvcError('MSVC_USAGE', `${id} is registered already`, {
        facts: { service, port },
        hint: 'another `msvc register` holds it: end that one first',
      });
    }
    this.#causes.set(id, cause);
    const check = `lease:${id}`;
    const spec = (at: string) => ({
      ...{ id, service, host: at, port, by: 'command' as const, replaces: !beside, tags: [], metadata: {} },
      weights: { passing: 1, warning: 1 },
      checks: [
        {
          ...{ id: check, name: 'connection of msvc register', ttlMs: null, notes: '', deregisterAfterMs: null },
          status: 'critical' as CheckStatus,
        },
      ],
    });
    let at = host ?? '127.0.0.1';
    this.registrations.add(spec(at));
    const connector = new Connector(host === null ? undefined : [host]);
    let silent = 0;
    try {
      while (!peer.gone.aborted) {
        const result = await connector.connect(port, AbortSignal.any([peer.gone, AbortSignal.timeout(CONNECT_MS)]));
        if (peer.gone.aborted) break;
        if (result.ok) {
          result.socket.destroy();
          if (result.host !== at) {
            at = result.host;
            this.registrations.add(spec(at));
          }
          silent = 0;
          this.registrations.setCheck(check, 'passing', '');
        } else if (result.refused || ++silent >= SILENT_LOOKS) {
          this.registrations.setCheck(check, 'critical', result.detail);
        }
        await gone(peer.gone, pause(LOOK_EVERY_MS));
      }
    } finally {
      this.registrations.remove(id, 'connection-closed');
    }
  }

  async close(): Promise<void> {
    this.registrations.close();
    await this.#port.close();
  }

  #tell({ type, registration, reason, detail }: RegistrationNews): void {
    const { id, host, port, by, replaces } = registration;
    const of = { service: serviceName(registration.service), id, cause: this.#causes.get(id) };
    const event: NewEvent =
      type === 'added'
        ? { type: 'registration.added', ...of, host, port, by, replaces }
        : type === 'ready'
          ? { type: 'registration.ready', ...of, host }
          : type === 'unready'
            ? { type: 'registration.unready', ...of, detail: detail ?? '' }
            : { type: 'registration.ended', ...of, reason: reason ?? 'deregistered' };
    this.#causes.set(id, this.#emit(event));
    if (type === 'ended') this.#causes.delete(id);
  }
}
