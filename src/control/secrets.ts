/**
 * Secrets on their way to services: a file each in a folder that only this user can enter, for as long as the system
 * runs; and the mask that keeps their values out of everything msvc shows or records of its own.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Project } from '../model/project.ts';
import type { Masker } from './masked-event.ts';

/** Shorter values would blank out half of any text; they are masked only where they are the whole of it. */
const SHORTEST_PART = 3;

export class Secrets implements Masker {
  readonly #folder: string;
  /** Longest first. */
  #values: readonly string[] = [];
  /** How they stand in JSON: short ones with their quotes, long ones wherever it may be. */
  #inJson: readonly string[] = [];
  #files: Record<string, string> = {};

  constructor(stateDir: string) {
    this.#folder = path.join(stateDir, 'run', 'secrets');
  }

  /** Name -> file. */
  get files(): Readonly<Record<string, string>> {
    return this.#files;
  }

  provide(secrets: Project['secrets']): void {
    this.clear();
    const all = Object.values(secrets);
    if (all.length === 0) return;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const { name, value } of all) {
      const file = path.join(this.#folder, name);
      // The folder keeps others out. Mounted into a container the file is read by whatever user runs there.
      writeFileSync(file, value, { mode: 0o444 });
      this.#files[name] = file;
    }
    this.#values = all
      .map((secret) => secret.value.trim())
      .filter((value) => value !== '')
      .sort((a, b) => b.length - a.length);
    this.#inJson = this.#values.flatMap((value) => {
      const quoted = JSON.stringify(value);
      return value.length < SHORTEST_PART ? [quoted] : partsOf(value);
    });
  }

  finds(json: string): boolean {
    return this.#inJson.some((part) => json.includes(part));
  }

  /** Also finds a value inside JSON, where quotes and line ends are escaped. */
  mask(text: string): string {
    let masked = text;
    for (const value of this.#values) {
      if (value === text.trim()) return '***';
      if (value.length < SHORTEST_PART) continue;
      for (const part of partsOf(value)) masked = masked.replaceAll(part, '***');
    }
    return masked;
  }

  clear(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    this.#files = {};
    this.#values = [];
    this.#inJson = [];
  }
}

/** As it is, and as it stands in JSON where that is something else. */
function partsOf(value: string): string[] {
  const escaped = JSON.stringify(value).slice(1, -1);
  return escaped === value ? [value] : [value, escaped];
}
