/**
 * The names things go by. Pure text functions: no I/O, no state.
 *
 * Branded strings keep a service's name from being passed where an instance's id is wanted.
 */
declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/**
 * A service's key in msvc.yaml: lower-case letters, digits, `-`, `_` and `.`, starting with a letter or digit; 63 at most.
 * Not `constructor`.
 */
export type ServiceName = Brand<string, 'ServiceName'>;

/**
 * One occupant of a replica slot: `<service>.<replica>@<generation>`, e.g. `catalog.2@1`.
 * It lives through crashes and restarts; a rollout puts another one (next generation) beside it in the same slot.
 */
export type InstanceId = Brand<string, 'InstanceId'>;

/**
 * As long as a label of a host's name may be (RFC 1035 section 2.3.4): it is one, and part of the names of files. Records
 * are looked into by it, and `constructor` is the one such name that every object has something under.
 */
export const SERVICE_NAME = /^(?!constructor$)[a-z0-9][a-z0-9._-]{0,62}$/;
export const PROJECT_NAME = /^[a-z0-9][a-z0-9_-]*$/;

export function serviceName(text: string): ServiceName {
  return text as ServiceName;
}

export function instanceId(service: ServiceName, replica: number, generation: number): InstanceId {
  return `${service}.${replica}@${generation}` as InstanceId;
}

/** What people see and type for a replica: `catalog.2`. */
export function replicaLabel(service: string, replica: number): string {
  return `${service}.${replica}`;
}

/**
 * The prefix a service's name takes in the environment of its callers: `my-api` -> `MY_API`.
 * Upper-cased, anything that is not a letter or digit becomes `_`, a leading digit gets a `_` before it.
 */
export function environmentPrefix(name: string): string {
  const upper = name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
  return /^[0-9]/.test(upper) ? `_${upper}` : upper;
}

/** Names the file of a secret, for who has it. @param target what the service calls it */
export function secretFileName(target: string): string {
  return `${environmentPrefix(target)}_FILE`;
}

/** What containers call this machine where their engine runs in a VM. Nobody can register a name under `internal`. */
export const VM_HOST = 'host.docker.internal';

/** A project's name made from a folder's name, as Compose does: lower-cased, what is not allowed dropped. */
export function projectNameFromFolder(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
  return name === '' ? 'project' : name;
}
