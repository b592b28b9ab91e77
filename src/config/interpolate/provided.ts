/**
 * The names msvc gives to services at launch. They are reserved: never filled from the shell or an env file when the
 * definition is read (DESIGN.md, Settled questions: Environment). Data and pure functions.
 */
import { environmentPrefix, secretFileName } from '../../model/names.ts';
import type { SecretGrant, ServiceSpec } from '../../model/project.ts';

/** Given to every service. */
const ALWAYS_PROVIDED = [
  'HOST',
  'GATEWAY_URL',
  'MSVC_PROJECT',
  'MSVC_SERVICE',
  'MSVC_REPLICA',
  'MSVC_RUN',
  'MSVC_INSTANCE',
] as const;
export const PORT_NAME = 'PORT';
export const DATABASE_NAMES = ['DATABASE_PATH', 'DATABASE_URL'] as const;

/** Given too, but other programs' words: where nothing is filled at launch they are variables as any other. */
const HINTS: ReadonlySet<string> = new Set(['PYTHONUNBUFFERED', 'FORCE_COLOR', 'CLICOLOR_FORCE']);
/** Of which each replica has its own. */
const OF_REPLICA: readonly string[] = ['MSVC_REPLICA', 'MSVC_INSTANCE'];

const FIXED: ReadonlySet<string> = new Set([...ALWAYS_PROVIDED, PORT_NAME, ...DATABASE_NAMES]);

/** Given to a caller for each edge it declares. */
export function edgeNames(callee: string): readonly string[] {
  const prefix = environmentPrefix(callee);
  return [`${prefix}_URL`, `${prefix}_HOST`, `${prefix}_PORT`];
}

/** @param shared in a command that runs once for all replicas, where none of a replica's own names is known. */
export function isGivenTo(spec: ServiceSpec, name: string, shared = false): boolean {
  if (name === PORT_NAME) return spec.port.kind !== 'none' && !shared;
  if (OF_REPLICA.includes(name)) return !shared;
  if (FIXED.has(name) && !(DATABASE_NAMES as readonly string[]).includes(name)) return true;
  if (spec.database !== undefined && (DATABASE_NAMES as readonly string[]).includes(name)) return true;
  if (HINTS.has(name) || spec.secrets.some(({ target }) => secretFileName(target) === name)) return true;
  return spec.calls.some((callee) => edgeNames(callee).includes(name));
}

export interface ProvidedNames {
  /** Msvc's alone, wherever it stands. */
  has(name: string): boolean;
  /** Filled at launch where a command, environment or probe has it; these are more than `has` knows. */
  atLaunch(name: string): boolean;
  /** Every one, for suggestions. */
  readonly all: readonly string[];
  /** The services an edge's name may belong to; empty for the other names. */
  calleesOf(name: string): readonly string[];
  /** The secret whose file it names, as a service that has it is given it; undefined for the other names. */
  secretOf(name: string): SecretGrant | undefined;
}

/** @param secrets of all services */
export function providedNames(services: Iterable<string>, secrets: Iterable<SecretGrant>): ProvidedNames {
  const edges = new Map<string, string[]>();
  for (const service of services) {
    for (const name of edgeNames(service)) edges.set(name, [...(edges.get(name) ?? []), service]);
  }
  const files = new Map([...secrets].map((grant) => [secretFileName(grant.target), grant]));
  const has = (name: string): boolean => FIXED.has(name) || edges.has(name);
  return {
    has,
    atLaunch: (name) => has(name) || HINTS.has(name) || files.has(name),
    all: [...FIXED, ...edges.keys(), ...files.keys()],
    calleesOf: (name) => edges.get(name) ?? [],
    secretOf: (name) => files.get(name),
  };
}
