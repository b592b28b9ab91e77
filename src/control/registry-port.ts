/**
 * The registry's HTTP port: open while the definition asks for it, on the port that it names. Owns the token that
 * clients must show, in a file of this user's unless the definition names a secret. Loads the server only when needed.
 */
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import type { NewEvent } from '../model/event.ts';
import type { Project } from '../model/project.ts';
import { secretWord } from '../model/secret.ts';
import type { FaceHandler } from '../registry/http/face.ts';
import type { RegistryHttp } from '../registry/http/server.ts';
import type { Registrations } from '../registry/registrations.ts';
import type { Registry } from '../registry/registry.ts';
import type { PortLedger } from '../runtime/ports.ts';

export interface RegistryPortParts {
  readonly registry: Registry;
  readonly registrations: Registrations;
  readonly ports: PortLedger;
  readonly emit: (event: NewEvent) => number;
  /** Where the token goes; 0600. */
  readonly tokenFile: string;
  /** Of others that answer at the same port (metrics), asked before the registry's own. */
  readonly handlers: readonly FaceHandler[];
  /** Resolves when the gateway goes by what was registered so far. */
  readonly settled: () => Promise<void>;
}

interface Open {
  readonly http: RegistryHttp;
  readonly port: number;
  readonly token: string | undefined;
  readonly stop: () => void;
}

export class RegistryPort {
  readonly #parts: RegistryPortParts;
  #open: Open | null = null;

  constructor(parts: RegistryPortParts) {
    this.#parts = parts;
    // Of an engine that was killed.
    rmSync(parts.tokenFile, { force: true });
  }

  /** @throws MsvcError MSVC_PORT_TAKEN; nothing is changed then */
  async follow({ name, registry: { http }, secrets }: Project): Promise<void> {
    const secret = http?.token === undefined ? undefined : secrets[http.token];
    const token = secret && secretWord(secret);
    if (this.#open?.port === http?.port && this.#open?.token === token) return;
    const { ports, emit } = this.#parts;
    const moved = this.#open?.port !== http?.port;
    if (http && moved) await ports.claimFixed(http.port, { service: 'registry', place: http.place });
    const before = this.#open;
    await this.#close(moved);
    if (!http) {
      if (before) emit({ type: 'registry.closed', port: before.port });
      return;
    }
    try {
      this.#open = await this.#listen(http.port, token, name);
    } catch (error) {
      ports.release(http.port);
      throw error;
    }
    const { tokenFile } = this.#parts;
    const facts = { port: http.port, url: `http://127.0.0.1:${http.port}` };
    emit({ type: 'registry.listening', ...facts, tokenFile: token === undefined ? tokenFile : null });
  }

  async close(): Promise<void> {
    await this.#close(true);
  }

  async #listen(port: number, given: string | undefined, name: string): Promise<Open> {
    const { registry, registrations, handlers, tokenFile, settled } = this.#parts;
    const [{ openRegistryHttp }, { consul }] = await Promise.all([
      import('../registry/http/server.ts'),
      import('../registry/consul/handler.ts'),
    ]);
    const token = given ?? randomBytes(24).toString('base64url');
    const { handle, blocking } = consul({ registry, registrations, node: { name, id: nodeId(name) } });
    const inForce: FaceHandler = (request) => {
      const result = handle(request);
      return request.method === 'GET' ? result : settled().then(() => result);
    };
    const http = await openRegistryHttp({ port, token, handlers: [...handlers, inForce] });
    rmSync(tokenFile, { force: true });
    if (given === undefined) writeFileSync(tokenFile, `${token}\n`, { mode: 0o600, flag: 'wx' });
    return { http, port, token: given, stop: () => blocking.close() };
  }

  async #close(release: boolean): Promise<void> {
    const open = this.#open;
    if (!open) return;
    this.#open = null;
    rmSync(this.#parts.tokenFile, { force: true });
    await open.http.close();
    open.stop();
    if (release) this.#parts.ports.release(open.port);
  }
}

/** In the form of a UUID, which clients of Consul expect; the same for the same project. */
function nodeId(name: string): string {
  const hex = Buffer.from(name).toString('hex').padEnd(32, '0').slice(0, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
