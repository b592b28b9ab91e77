/**
 * Tells which service's files changed, once for each change however many files it touched. Owns the watched paths (one
 * underlying watch each, whoever names it) and what is being gathered for each service.
 */
import path from 'node:path';
import type { ServiceName } from '../../model/names.ts';
import type { WatchRule } from '../../model/project.ts';
import { createFilter, type Filter } from './filter.ts';
import { Gatherer } from './gatherer.ts';
import { isGitAtWork } from './git-lock.ts';
import { WATCH_SETTINGS } from './limits.ts';
import { TreeWatch } from './tree-watch.ts';

export interface ServiceRule {
  readonly service: ServiceName;
  readonly rule: WatchRule;
}

/** Fits the facts of an `engine.noticed` event with code `watch-failed`. */
export interface WatchFailure {
  readonly [key: string]: string | readonly string[];
  readonly path: string;
  /** Whose changes are not (all) seen. */
  readonly services: readonly string[];
  readonly errno: string;
  readonly message: string;
  /** The system setting that has run out, '' when it is something else. */
  readonly setting: string;
}

export interface WatcherOptions {
  readonly rules: readonly ServiceRule[];
  /**
   * `files` are absolute and sorted. When several rules of the service saw something, `rule` is one that rebuilds if
   * any does.
   */
  readonly onChange: (service: ServiceName, rule: WatchRule, files: string[]) => void;
  /** Once for each path and errno. What could be watched goes on being watched. */
  readonly onError: (facts: WatchFailure) => void;
}

export interface Watcher {
  /** Resolves when every change from now on is seen, as far as `onError` did not say otherwise. */
  readonly ready: Promise<void>;
  /** Replaces the rules; paths whose rules stay the same are not touched. Resolves like `ready`. */
  update(rules: readonly ServiceRule[]): Promise<void>;
  /** Nothing is told afterwards, not even what is being gathered. */
  close(): Promise<void>;
}

interface Tree {
  readonly key: string;
  readonly watch: TreeWatch;
  readonly started: Promise<void>;
}

interface Wish extends ServiceRule {
  readonly filter: Filter;
}

export function createWatcher({ rules, onChange, onError }: WatcherOptions): Watcher {
  const trees = new Map<string, Tree>();
  const gatherers = new Map<ServiceName, Gatherer>();
  let services = new Set<ServiceName>();
  let closed = false;

  const startTree = (root: string, key: string, wishes: readonly Wish[]): Tree => {
    const reported = new Set<string>();
    const watch = new TreeWatch({
      path: root,
      prunes: (folder) => wishes.every(({ filter }) => filter.prunes(folder)),
      onFile: (file, isNew) => {
        for (const { service, rule, filter } of wishes) {
          if (services.has(service) && filter.counts(file)) gathererOf(service).add(rule, path.join(root, file), isNew);
        }
      },
      onError: (error) => {
        const errno = error.code ?? 'unknown';
        if (closed || reported.has(errno)) return;
        reported.add(errno);
        onError({
          path: root,
          services: [...new Set(wishes.map(({ service }) => service))],
          errno,
          message: error.message,
          setting: WATCH_SETTINGS[errno] ?? '',
        });
      },
    });
    return { key, watch, started: watch.start() };
  };

  const gathererOf = (service: ServiceName): Gatherer => {
    let gatherer = gatherers.get(service);
    if (!gatherer) {
      gatherer = new Gatherer({
        tell: (rule, files) => {
          if (!closed) onChange(service, rule, files);
        },
        isBusy: isGitAtWork,
      });
      gatherers.set(service, gatherer);
    }
    return gatherer;
  };

  const update = async (wanted: readonly ServiceRule[]): Promise<void> => {
    if (closed) return;
    const old = new Map(trees);
    trees.clear();
    const started: Promise<void>[] = [];
    for (const [root, own] of byPath(wanted)) {
      const key = JSON.stringify(own);
      const kept = old.get(root);
      if (kept?.key === key) {
        old.delete(root);
        trees.set(root, kept);
      } else {
        const wishes = own.map((wish) => ({ ...wish, filter: createFilter(wish.rule.ignore, wish.rule.include) }));
        trees.set(root, startTree(root, key, wishes));
      }
      started.push(trees.get(root)!.started);
    }
    services = new Set(wanted.map(({ service }) => service));
    for (const [service, gatherer] of gatherers) {
      if (services.has(service)) continue;
      gatherer.stop();
      gatherers.delete(service);
    }
    // The old ones see to it that nothing is missed until the new ones do.
    await Promise.all(started);
    await Promise.all([...old.values()].map(({ watch }) => watch.close()));
  };

  return {
    ready: update(rules),
    update,
    async close() {
      closed = true;
      for (const gatherer of gatherers.values()) gatherer.stop();
      await Promise.all([...trees.values()].map(({ watch }) => watch.close()));
      trees.clear();
    },
  };
}

function byPath(rules: readonly ServiceRule[]): Map<string, ServiceRule[]> {
  const paths = new Map<string, ServiceRule[]>();
  for (const wish of rules) {
    const root = path.resolve(wish.rule.path);
    paths.set(root, [...(paths.get(root) ?? []), wish]);
  }
  return paths;
}
