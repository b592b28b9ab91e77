/**
 * Secrets on their way to services: a file each in a folder that only this user can enter, for as long as the system
 * runs; and the mask that keeps their values out of everything msvc shows or records of its own, those too that a secret
 * had before: processes may still know them, and what they said is kept.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Mask } from '../model/mask.ts';
import type { Project, SecretValue } from '../model/project.ts';
import { secretBytes } from '../model/secret.ts';
import type { Masker } from './masked-event.ts';

export class Secrets implements Masker {
  readonly #folder: string;
  #provided: Project['secrets'] = {};
  #changes: ReadonlyMap<string, number> = new Map();
  /** Every value since the engine began. */
  readonly #known = new Map<string, SecretValue>();
  #mask = new Mask([]);
  #files: Record<string, string> = {};

  constructor(stateDir: string) {
    this.#folder = path.join(stateDir, 'run', 'secrets');
  }

  /** Name -> file. */
  get files(): Readonly<Record<string, string>> {
    return this.#files;
  }

  /** @returns how often the value of each has changed, with these; those that never did are left out */
  changes(secrets: Project['secrets']): ReadonlyMap<string, number> {
    const counts = new Map(this.#changes);
    for (const secret of Object.values(secrets)) {
      const before = this.#provided[secret.name];
      if (before && !isSame(before, secret)) counts.set(secret.name, (counts.get(secret.name) ?? 0) + 1);
    }
    return counts;
  }

  /** Files of those that have not changed are left alone: who has them may be reading. */
  provide(secrets: Project['secrets']): void {
    this.#changes = this.changes(secrets);
    // Of an engine that was killed.
    if (Object.keys(this.#files).length === 0) this.clear();
    for (const name of Object.keys(this.#files)) if (!secrets[name]) this.#remove(name);
    for (const secret of Object.values(secrets)) {
      const before = this.#files[secret.name] === undefined ? undefined : this.#provided[secret.name];
      if (!before || !isSame(before, secret)) this.#write(secret);
      this.#known.set(`${secret.encoding ?? ''} ${secret.value}`, secret);
    }
    // What was known of one that is gone for now stays: it may come back as another.
    this.#provided = { ...this.#provided, ...secrets };
    this.#mask = new Mask(this.#known.values());
  }

  finds(json: string): boolean {
    return this.#mask.finds(json);
  }

  mask(text: string): string {
    return this.#mask.mask(text);
  }

  /** The values stay masked: what is said at the very end is shown and kept, too. */
  clear(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    this.#files = {};
  }

  /** Whole at once, as another file: a container that has the one before keeps it. */
  #write(secret: SecretValue): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const file = path.join(this.#folder, secret.name);
    const draft = path.join(this.#folder, `.${randomUUID()}`);
    // The folder keeps others out. Mounted into a container the file is read by whatever user runs there.
    writeFileSync(draft, secretBytes(secret), { mode: 0o444, flag: 'wx' });
    renameSync(draft, file);
    this.#files[secret.name] = file;
  }

  #remove(name: string): void {
    rmSync(this.#files[name]!, { force: true });
    delete this.#files[name];
  }
}

function isSame(a: SecretValue, b: SecretValue): boolean {
  return a.value === b.value && a.encoding === b.encoding;
}
