/**
 * `develop.watch` with `sync`: files of this machine copied into containers. Remembers what has been copied since the
 * image was made: a container that starts later (another replica, a restart) gets the same files before it runs.
 */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type Docker from 'dockerode';
import { pack } from 'tar-fs';
import { whole } from './context.ts';
import { statusOf } from './errors.ts';

export interface SyncRule {
  readonly path: string;
  readonly target: string;
}

interface Copied {
  readonly rule: SyncRule;
  /** Relative to the rule's path; empty: the path itself, a single file or everything. */
  readonly files: Set<string>;
}

export class SyncedFiles {
  readonly #copied = new Map<string, Map<string, Copied>>();

  /** @param files absolute, all below the rule's path */
  note(service: string, rule: SyncRule, files: readonly string[]): void {
    const rules = this.#copied.get(service) ?? new Map<string, Copied>();
    this.#copied.set(service, rules);
    const key = `${rule.path}\0${rule.target}`;
    const copied = rules.get(key) ?? { rule, files: new Set<string>() };
    rules.set(key, copied);
    for (const file of files) copied.files.add(path.relative(rule.path, file));
  }

  /** The image was built anew: it has the files by itself. */
  forget(service: string): void {
    this.#copied.delete(service);
  }

  /** All that has been copied so far, into a container that has not started. */
  async putInto(container: Docker.Container, service: string): Promise<void> {
    for (const { rule, files } of this.#copied.get(service)?.values() ?? []) {
      await copyFiles(container, rule, [...files]);
    }
  }
}

/** Files that are written or removed while they are read are looked at anew, so often. */
const TRIES = 3;

/** @param files relative to the rule's path. What is not there any more is removed where the container runs. */
export async function copyFiles(container: Docker.Container, rule: SyncRule, files: readonly string[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await copyOnce(container, rule, files);
    } catch (error) {
      if (statusOf(error) !== undefined || attempt === TRIES) throw error;
    }
  }
}

async function copyOnce(container: Docker.Container, rule: SyncRule, files: readonly string[]): Promise<void> {
  const isFile = statSync(rule.path, { throwIfNoEntry: false })?.isFile() === true;
  const base = isFile ? path.dirname(rule.path) : rule.path;
  const entries = isFile ? [path.basename(rule.path)] : files.map((file) => (file === '' ? '.' : file));
  const present = entries.filter((file) => existsSync(path.join(base, file)));
  const gone = isFile ? [] : entries.filter((file) => !present.includes(file));
  if (present.length > 0) {
    const single = isFile ? path.posix.basename(rule.target) : null;
    const root = isFile ? path.posix.dirname(rule.target) : rule.target;
    const tar = pack(base, {
      entries: present,
      map: (header) => {
        // Below the container's root, so that folders which are not there yet come with the files.
        const name = single ?? header.name;
        header.name = path.posix.join(root, name).replace(/^\//, '');
        return header;
      },
    });
    await container.putArchive(whole(tar), { path: '/' });
  }
  if (gone.length > 0)
    await removeFiles(
      container,
      gone.map((file) => path.posix.join(rule.target, file)),
    );
}

async function removeFiles(container: Docker.Container, files: readonly string[]): Promise<void> {
  try {
    const exec = await container.exec({ Cmd: ['rm', '-rf', '--', ...files], User: '0' });
    await exec.start({ Detach: true });
  } catch {
    // It does not run, or has no `rm`: a file too many is there until the image is built anew.
  }
}
