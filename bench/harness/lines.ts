/**
 * Whether what was captured is what `fixtures/say.c` printed: every line there, whole and in the order of its service.
 * Holds no file; is fed chunks of text that end anywhere.
 */
export class LineCheck {
  readonly #next = new Map<string, number>();
  #disordered = 0;
  #tornCount = 0;
  #rest = '';

  /** Bytes as latin1; whatever stands before the 99 characters of the line is the capturer's prefix. */
  feed(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.line(line);
  }

  line(text: string): void {
    const line = text.endsWith('\r') ? text.slice(0, -1) : text;
    const found = /(\d{8}) (\S+) \.+\|$/.exec(line.slice(-99));
    if (found?.[0].length !== 99) {
      this.#tornCount++;
      return;
    }
    const [, number, name] = found;
    const next = this.#next.get(name!) ?? 0;
    if (Number(number) !== next) this.#disordered++;
    this.#next.set(name!, Number(number) + 1);
  }

  /** @returns undefined when all is well; `other` lines are the capturer's own (a banner), not torn ones. */
  verdict(services: number, lines: number, other: number): string | undefined {
    const faults: string[] = [];
    const complete = [...this.#next.values()].filter((next) => next === lines).length;
    if (complete !== services) faults.push(`${complete} of ${services} services complete`);
    if (this.#disordered > 0) faults.push(`${this.#disordered} gaps or swaps`);
    if (this.#tornCount > other) faults.push(`${this.#tornCount} torn`);
    return faults.length === 0 ? undefined : `no: ${faults.join(', ')}`;
  }
}
