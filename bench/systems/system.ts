/**
 * Something that runs services: msvc, a rival, a floor. One file a system; `index.ts` lists them.
 *
 * A system is told which services to run and how, prepares its files outside of the measured time, and says what a
 * person would type. What is measured about it is not its business.
 */
import type { Workspace } from '../harness/workspace.ts';

/** N alike services. */
export interface Fleet {
  readonly count: number;
  /** Where it may put its files. */
  readonly dir: string;
  /** The program of every service; takes its port from PORT. */
  readonly program: string;
  /** Services get this port and those after it, where the system does not choose ports itself. */
  readonly firstPort: number;
}

export interface Plan {
  readonly start: readonly string[];
  /** What ends it: bytes typed on its terminal, or another command. */
  readonly stop: { readonly key: string } | { readonly command: readonly string[] };
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The start command returns while the services go on. */
  readonly detached: boolean;
}

export interface System {
  readonly name: string;
  /** `floor` is what nothing can beat; `ours` is what is being judged. */
  readonly role: 'floor' | 'rival' | 'ours';
  /** Why it cannot be run here; undefined when it can. */
  missing(work: Workspace): string | undefined;
  plan(work: Workspace, fleet: Fleet): Plan;
}

export const CTRL_C = '\x03';

export function serviceName(index: number): string {
  return `s${index + 1}`;
}

export function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
