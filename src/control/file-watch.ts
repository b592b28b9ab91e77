/** `develop.watch` of the definition in force: what a changed file does. Owns the watcher. */
import type { NewEvent } from '../model/event.ts';
import type { ServiceName } from '../model/names.ts';
import type { Project, WatchRule } from '../model/project.ts';
import type { System } from '../runtime/system.ts';
import { createWatcher, type Watcher } from '../runtime/watch/watcher.ts';
import type { ContainerHost } from './containers.ts';

const TOLD = 20;

export interface FileWatchParts {
  readonly system: System;
  readonly containers: ContainerHost;
  readonly emit: (event: NewEvent) => number;
}

export class FileWatch {
  readonly #parts: FileWatchParts;
  #watcher: Watcher | null = null;

  constructor(parts: FileWatchParts) {
    this.#parts = parts;
  }

  follow(project: Project): void {
    const rules = Object.values(project.services).flatMap((spec) =>
      spec.watch.map((rule) => ({ service: spec.name, rule })),
    );
    if (this.#watcher) {
      this.#watcher.update(rules);
      return;
    }
    if (rules.length === 0) return;
    const { emit } = this.#parts;
    this.#watcher = createWatcher({
      rules,
      onChange: (service, rule, files) => this.#changed(service as ServiceName, rule, files),
      onError: (facts) => void emit({ type: 'engine.noticed', code: 'watch-failed', facts: { ...facts } }),
    });
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
  }

  /** Copies the files, or begins a new version, of the same image unless the rule is to rebuild it. */
  #changed(service: ServiceName, rule: WatchRule, files: readonly string[]): void {
    const { system, containers, emit } = this.#parts;
    const cause = emit({ type: 'watch.changed', service, files: files.slice(0, TOLD), count: files.length });
    containers.loaded?.note(service, rule, files);
    if (rule.action === 'sync') void containers.sync(system, service, rule, files, cause);
    else system.changedFiles(service, files, { cause, sameImage: rule.action !== 'rebuild' });
  }
}
