/**
 * Which services of a project run: those without profiles and those of an active one, or the named ones; what they
 * depend on (where required) and what they call comes with them. Pure.
 */
import type { Diagnostic } from './diagnostic.ts';
import type { ServiceName } from './names.ts';
import type { Project } from './project.ts';
import { suggest } from './suggest.ts';

export interface Selection {
  readonly services: readonly string[];
  readonly profiles: readonly string[];
  /** Only the named ones, without what they need. */
  readonly noDeps: boolean;
}

/** @returns names in the file's order; a diagnostic for each unknown name. Naming a service activates its profile. */
export function select(
  project: Project,
  { services: named, profiles, noDeps }: Selection,
): { services: ServiceName[]; diagnostics: Diagnostic[] } {
  const all = Object.values(project.services);
  const known = all.map((spec) => spec.name as string);
  const diagnostics: Diagnostic[] = [];
  for (const name of named) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    const hint = near === undefined ? `services: ${known.join(', ')}` : `did you mean ${near}?`;
    diagnostics.push({ severity: 'error', code: 'unknown-service', message: `there is no service ${name}`, hint });
  }
  const active = (own: readonly string[]): boolean =>
    own.length === 0 || own.some((profile) => profiles.includes(profile) || profiles.includes('*'));
  const roots = all.filter((spec) => (named.length > 0 ? named.includes(spec.name) : active(spec.profiles)));
  const chosen = new Set<ServiceName>();
  const add = (name: ServiceName): void => {
    const spec = project.services[name];
    if (!spec || chosen.has(name)) return;
    chosen.add(name);
    if (noDeps) return;
    for (const callee of spec.calls) add(callee);
    for (const { service, required } of spec.dependsOn) if (required) add(service);
  };
  for (const spec of roots) add(spec.name);
  return { services: all.map((spec) => spec.name).filter((name) => chosen.has(name)), diagnostics };
}
