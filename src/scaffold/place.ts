/** Where a new service goes in a system: a name, a folder and a route that nobody has yet. Pure. */
import path from 'node:path';
import { environmentPrefix } from '../model/names.ts';
import type { Project } from '../model/project.ts';
import type { RunSpec } from '../model/run.ts';

/** What a system has already; empty for one without services. */
export interface Surroundings {
  /** Real path of the folder of msvc.yaml. */
  readonly dir: string;
  readonly services: readonly {
    readonly name: string;
    /** Absolute. */
    readonly workingDir: string;
    /** Paths of its routes that hold for every host. */
    readonly paths: readonly string[];
  }[];
}

export function surroundingsOf(project: Project): Surroundings {
  const services = Object.values(project.services).map(({ name, run, routes }) => ({
    name,
    // Of a container: where its image is built; another has no folder here.
    workingDir: folderOf(run) ?? project.dir,
    paths: routes.flatMap((route) =>
      route.hostnames.length > 0 ? [] : route.matches.map((match) => match.path.value.replace(/(?<=.)\/$/, '')),
    ),
  }));
  return { dir: project.dir, services };
}

export function folderOf(run: RunSpec): string | undefined {
  if (run.kind === 'process') return run.workingDir;
  return run.image.kind === 'build' ? run.image.context : undefined;
}

/** `wanted`, or `wanted-2`, `wanted-3`... A name whose variables another service's would hide is taken too. */
export function freeName(wanted: string, { services }: Surroundings, isTaken: (name: string) => boolean): string {
  const prefixes = new Set(services.map(({ name }) => environmentPrefix(name)));
  return firstFree(wanted, '-', (name) => prefixes.has(environmentPrefix(name)) || isTaken(name));
}

/** @returns the service that has the path already */
export function ownerOf(route: string, { services }: Surroundings): string | undefined {
  const wanted = route.replace(/(?<=.)\/$/, '');
  return services.find(({ paths }) => paths.includes(wanted))?.name;
}

/** @param name instead of `/`, of which there is one */
export function freeRoute(wanted: string, around: Surroundings, name: string): string {
  const base = wanted === '/' ? `/${name}` : wanted.replace(/\/$/, '');
  return ownerOf(wanted, around) === undefined
    ? wanted
    : firstFree(base, '-', (route) => ownerOf(route, around) !== undefined);
}

/**
 * Beside its like: where most services have a folder of their own name, in the folder that those are in; otherwise
 * `services/<name>`. Relative to the file's folder, with `/`.
 */
export function folderFor(name: string, { dir, services }: Surroundings): string {
  const parents = new Map<string, number>();
  for (const service of services) {
    const relative = path.relative(dir, service.workingDir);
    if (relative === '' || relative.startsWith('..') || path.basename(relative) !== service.name) continue;
    const parent = path.dirname(relative);
    parents.set(parent, (parents.get(parent) ?? 0) + 1);
  }
  const [parent = 'services'] = [...parents].sort(([, a], [, b]) => b - a)[0] ?? [];
  return path.join(parent, name).split(path.sep).join('/');
}

function firstFree(wanted: string, separator: string, isTaken: (candidate: string) => boolean): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? wanted : `${wanted}${separator}${n}`;
    if (!isTaken(candidate)) return candidate;
  }
}
