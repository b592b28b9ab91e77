/**
 * The names msvc gives to services at launch. They are reserved: never filled from the shell or an env file when the
 * definition is read (DESIGN.md, Settled questions: Environment). Data and pure functions.
 */
import { environmentPrefix } from '../../model/names.ts';
import type { ServiceSpec } from '../../model/project.ts';

/** Given to every service. */
const ALWAYS_PROVIDED = ['HOST', 'GATEWAY_URL', 'MSVC_PROJECT', 'MSVC_SERVICE', 'MSVC_REPLICA', 'MSVC_RUN'] as const;
export const PORT_NAME = 'PORT';
export const DATABASE_NAMES = ['DATABASE_PATH', 'DATABASE_URL'] as const;

const FIXED: ReadonlySet<string> = new Set([...ALWAYS_PROVIDED, PORT_NAME, ...DATABASE_NAMES]);

/** Given to a caller for each edge it declares. */
export function edgeNames(callee: string): readonly string[] {
  const prefix = environmentPrefix(callee);
  return [`${prefix}_URL`, `${prefix}_HOST`, `${prefix}_PORT`];
}

/** @param shared in a command that runs once for all replicas, where none of a replica's own names is known. */
export function isGivenTo(spec: ServiceSpec, name: string, shared = false): boolean {
  if (name === PORT_NAME) return spec.port.kind !== 'none' && !shared;
  if (name === 'MSVC_REPLICA') return !shared;
  if (FIXED.has(name) && !(DATABASE_NAMES as readonly string[]).includes(name)) return true;
  if (spec.database !== undefined && (DATABASE_NAMES as readonly string[]).includes(name)) return true;
  return spec.calls.some((callee) => edgeNames(callee).includes(name));
}

export interface ProvidedNames {
  has(name: string): boolean;
  /** Every one, for suggestions. */
  readonly all: readonly string[];
  /** The services an edge's name may belong to; empty for the other names. */
  calleesOf(name: string): readonly string[];
}

export function providedNames(services: Iterable<string>): ProvidedNames {
  const edges = new Map<string, string[]>();
  for (const service of services) {
    for (const name of edgeNames(service)) edges.set(name, [...(edges.get(name) ?? []), service]);
  }
  return {
    has: (name) => FIXED.has(name) || edges.has(name),
    all: [...FIXED, ...edges.keys()],
    calleesOf: (name) => edges.get(name) ?? [],
  };
}
