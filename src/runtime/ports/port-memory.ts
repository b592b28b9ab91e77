/**
 * Which port each key had last: `<stateDir>/ports.json`, so that addresses stay from run to run. A convenience: a
 * file that is missing, broken or cannot be written costs the memory and nothing else.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Keys of services long gone are dropped, the oldest first. */
const MOST_KEYS = 2_000;

export class PortMemory {
  readonly #file: string;
  readonly #onWriteFailed: (error: Error) => void;
  readonly #ports = new Map<string, number>();
  /** The other way round, made when it is asked for. */
  #keys: Map<number, string> | null = null;
  #dirty = false;
  #scheduled = false;

  constructor(stateDir: string, onWriteFailed: (error: Error) => void) {
    this.#file = path.join(stateDir, 'ports.json');
    this.#onWriteFailed = onWriteFailed;
    try {
      const ports = (JSON.parse(readFileSync(this.#file, 'utf8')) as { ports: Record<string, unknown> }).ports;
      for (const [key, port] of Object.entries(ports)) {
        if (Number.isInteger(port) && (port as number) > 0 && (port as number) < 65_536)
          this.#ports.set(key, port as number);
      }
    } catch {
      // None yet, or not ours to read.
    }
  }

  get(key: string): number | undefined {
    return this.#ports.get(key);
  }

  /** Whose it was; of several the latest. */
  keyOf(port: number): string | undefined {
    this.#keys ??= new Map([...this.#ports].map(([key, known]) => [known, key]));
    return this.#keys.get(port);
  }

  set(key: string, port: number): void {
    if (this.#ports.get(key) === port) return;
    this.#ports.delete(key);
    this.#ports.set(key, port);
    this.#keys = null;
    for (const oldest of this.#ports.keys()) {
      if (this.#ports.size <= MOST_KEYS) break;
      this.#ports.delete(oldest);
    }
    this.#dirty = true;
    if (this.#scheduled) return;
    this.#scheduled = true;
    // A hundred claims of one moment are one write.
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  flush(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    const draft = `${this.#file}.${process.pid}.new`;
    try {
      mkdirSync(path.dirname(this.#file), { recursive: true });
      writeFileSync(draft, `${JSON.stringify({ ports: Object.fromEntries(this.#ports) }, null, 1)}\n`);
      renameSync(draft, this.#file);
    } catch (error) {
      this.#onWriteFailed(error as Error);
    }
  }
}
