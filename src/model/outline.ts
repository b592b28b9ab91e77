/** The little of a definition that a command has to know which only hands it on. Pure. */
import type { ServiceName } from './names.ts';
import type { Project } from './project.ts';

export interface Outline {
  readonly name: string;
  readonly dir: string;
  readonly stateDir: string;
  /** The first one; the folder where there is none. */
  readonly file: string;
  /** In the file's order. */
  readonly services: readonly { readonly name: ServiceName; readonly replicas: number }[];
  /** Some service does not run without being asked for. */
  readonly hasProfiles: boolean;
}

export function outlineOf({ name, dir, stateDir, files, services }: Project): Outline {
  const all = Object.values(services);
  return {
    name,
    dir,
    stateDir,
    file: files[0] ?? dir,
    services: all.map((service) => ({ name: service.name, replicas: service.replicas })),
    hasProfiles: all.some(({ profiles }) => profiles.length > 0),
  };
}
