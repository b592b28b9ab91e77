/**
 * Values by host name, names before wildcards and longer wildcards before shorter ones. A lookup costs one step for
 * each label of the name, however many hosts there are.
 */
export class HostTable<T> {
  readonly #exact = new Map<string, T>();
  /** `example.localhost` -> value of `*.example.localhost`. */
  readonly #wildcards = new Map<string, T>();

  /** @param hostname lower-cased; with an optional leading `*.` */
  set(hostname: string, value: T): void {
    if (hostname.startsWith('*.')) this.#wildcards.set(hostname.slice(2), value);
    else this.#exact.set(hostname, value);
  }

  get(hostname: string): T | undefined {
    return hostname.startsWith('*.') ? this.#wildcards.get(hostname.slice(2)) : this.#exact.get(hostname);
  }

  /** The first that `test` gives something for, most specific host first; or null. */
  find<R>(host: string, test: (value: T) => R | null): R | null {
    const exact = this.#exact.get(host);
    const found = exact === undefined ? null : test(exact);
    if (found !== null || this.#wildcards.size === 0) return found;
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      // The `*` stands for at least one label.
      if (dot === 0) continue;
      const value = this.#wildcards.get(host.slice(dot + 1));
      const wild = value === undefined ? null : test(value);
      if (wild !== null) return wild;
    }
    return null;
  }

  has(host: string): boolean {
    return this.find(host, () => true) ?? false;
  }
}
