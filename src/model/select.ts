/**
 * Which services a command is about: those that run without being asked for, those that active profiles bring, those
 * that are named, and what all of these need. Pure; the engine and every command ask here.
 */
import { findConflicts } from './conflicts.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { ServiceName } from './names.ts';
import type { Project, ServiceSpec } from './project.ts';
import { suggest } from './suggest.ts';

export interface Selection {
  /** Named ones; empty = all that the profiles activate. */
  readonly services: readonly string[];
  /** Besides all others, whatever their profiles. */
  readonly also?: readonly string[] | undefined;
  /** Active profiles; `*` = all. */
  readonly profiles: readonly string[];
  /** Only what is named, without what it depends on and calls. */
  readonly noDeps: boolean;
}

export interface Selected {
  /** In the file's order. */
  readonly services: readonly ServiceName[];
  /** Unknown names and profiles; services chosen together that cannot run together. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What of a selection exists, with no word on the rest. In the file's order. */
export function choose(project: Project, selection: Selection): ServiceName[] {
  return chosenOf(project, selection).map(({ name }) => name);
}

export function select(project: Project, selection: Selection): Selected {
  const { services, also = [], profiles } = selection;
  const selected = chosenOf(project, selection);
  const unknown = [...new Set([...services, ...also])].filter((name) => !Object.hasOwn(project.services, name));
  // Two of which one always runs would have been refused together with the rest of the file.
  const alternatives = selected.filter((spec) => spec.profiles.length > 0);
  return {
    services: selected.map((spec) => spec.name),
    diagnostics: [
      ...unknownProfiles(project, profiles),
      ...unknown.map((name) => unknownService(project, name)),
      ...findConflicts(alternatives, project, () => true),
    ],
  };
}

function chosenOf(project: Project, { services, also = [], profiles, noDeps }: Selection): ServiceSpec[] {
  const chosen = new Set<string>();
  const queue: ServiceSpec[] = [];
  const add = (spec: ServiceSpec): void => {
    if (chosen.has(spec.name)) return;
    chosen.add(spec.name);
    queue.push(spec);
  };
  for (const name of new Set([...services, ...also])) {
    const spec = Object.hasOwn(project.services, name) ? project.services[name] : undefined;
    if (spec) add(spec);
  }
  if (services.length === 0)
    for (const spec of Object.values(project.services)) if (isActive(spec, profiles)) add(spec);
  if (!noDeps) {
    // What is needed comes along whatever its profiles: who names a service wants it to work.
    for (const spec of queue) {
      for (const name of neededBy(spec, project, profiles)) add(project.services[name]!);
    }
  }
  return Object.values(project.services).filter((spec) => chosen.has(spec.name));
}

/** Runs without being named: it has no profile, or one of its profiles is active. */
function isActive(spec: ServiceSpec, profiles: readonly string[]): boolean {
  return (
    spec.profiles.length === 0 || spec.profiles.some((profile) => profiles.includes(profile) || profiles.includes('*'))
  );
}

/** Callees, and what it must wait for; an optional dependency only if it is active anyway. */
function neededBy(spec: ServiceSpec, project: Project, profiles: readonly string[]): string[] {
  if (spec.dependsOn.length === 0) return spec.calls.filter((name) => project.services[name] !== undefined);
  const dependencies = spec.dependsOn
    .filter(({ service, required }) => {
      const other = project.services[service];
      return other !== undefined && (required || isActive(other, profiles));
    })
    .map(({ service }) => service);
  return [...dependencies, ...spec.calls].filter((name) => project.services[name] !== undefined);
}

function unknownService(project: Project, name: string): Diagnostic {
  const names = Object.keys(project.services);
  const near = suggest(name, names);
  return {
    severity: 'error',
    code: 'unknown-service',
    message: `no service is called \`${name}\``,
    hint: near === undefined ? `there are: ${names.join(', ')}` : `did you mean \`${near}\`?`,
  };
}

function unknownProfiles(project: Project, profiles: readonly string[]): Diagnostic[] {
  if (profiles.length === 0) return [];
  const known = new Set(Object.values(project.services).flatMap((spec) => spec.profiles));
  return profiles
    .filter((profile) => profile !== '*' && !known.has(profile))
    .map((profile) => {
      const near = suggest(profile, known);
      return {
        severity: 'warning' as const,
        code: 'unknown-profile',
        message: `no service has the profile \`${profile}\``,
        ...(near !== undefined && { hint: `did you mean \`${near}\`?` }),
      };
    });
}
