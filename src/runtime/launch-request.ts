/**
 * What an instance is given: its environment with the source of each value, and its command with every hole filled.
 * Decided once, before a launch. Pure.
 *
 * Precedence: `environment` > what msvc provides > `env_file` > inherited. Names that msvc provides are never
 * inherited: a PORT of the person's own shell must not reach a service.
 */
import path from 'node:path';
import type { Command } from '../model/command.ts';
import { environmentPrefix, type InstanceId, secretFileName } from '../model/names.ts';
import type { DatabaseSpec, ServiceSpec } from '../model/project.ts';
import { fillTemplate, printTemplate } from '../model/template.ts';
import type { FilledCommand, PreparedImage } from './drivers/driver.ts';
import { markEnvironment } from './marks.ts';

export type Source = 'environment' | 'msvc' | 'env_file' | 'inherited';

export interface Given {
  readonly value: string;
  readonly source: Source;
}

export interface Surroundings {
  readonly project: string;
  /** How the instance sees this machine: where it is to listen, and where it finds the gateway and its edges. */
  readonly network: { readonly listen: string; readonly gateway: string };
  readonly run: string;
  /** As `inheritable` leaves it. */
  readonly inherited: Readonly<Record<string, string>>;
  readonly gatewayUrl: string | null;
  /** Callee -> the port of this caller's edge to it. */
  readonly edges: Readonly<Record<string, number>>;
  /** Callees that do not speak HTTP. */
  readonly tcp?: ReadonlySet<string>;
  /** Name -> file of this machine that holds the secret. */
  readonly secretFiles: Readonly<Record<string, string>>;
  readonly colour: boolean;
}

export interface Occupant {
  readonly instance: InstanceId;
  readonly replica: number;
  readonly port: number | null;
  /** Of a container; null before it is known. */
  readonly image?: PreparedImage | null;
}

/** Where a process of this machine listens and finds everything. */
export const LOCAL_NETWORK = { listen: '127.0.0.1', gateway: '127.0.0.1' } as const;
/** Variables that msvc gives, to this system or another one: never passed on from the shell that ran `up`. */
const NEVER_INHERITED = /^(PORT|HOST|DATABASE_PATH|DATABASE_URL|GATEWAY_URL|MSVC_.*)$/;

/** What services may inherit of the environment in which `up` was run. */
export function inheritable(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !NEVER_INHERITED.test(name)));
}

/** The whole environment that one launch is given. */
export function launchEnvironment(spec: ServiceSpec, at: Occupant, around: Surroundings): Record<string, string> {
  const provided = providedValues(spec, at, around);
  const environment = Object.assign(table(), inheritedBy(spec, around), spec.envFile, provided);
  const values = fillers(provided, around);
  for (const [name, template] of Object.entries(spec.environment)) environment[name] = fillTemplate(template, values);
  return environment;
}

/** A container has its image's variables; those of this machine's shell would break it (PATH, HOME). */
function inheritedBy({ run }: ServiceSpec, { inherited }: Surroundings): Readonly<Record<string, string>> {
  return run.kind === 'process' ? inherited : {};
}

/** The same with the source of each value, for people. */
export function givenEnvironment(spec: ServiceSpec, at: Occupant, around: Surroundings): Map<string, Given> {
  const given = new Map<string, Given>();
  const inherited = inheritedBy(spec, around);
  for (const [name, value] of Object.entries(inherited)) given.set(name, { value, source: 'inherited' });
  for (const [name, value] of Object.entries(spec.envFile)) given.set(name, { value, source: 'env_file' });
  const provided = providedValues(spec, at, around);
  for (const [name, value] of Object.entries(provided)) given.set(name, { value, source: 'msvc' });
  const values = fillers(provided, around);
  for (const [name, template] of Object.entries(spec.environment)) {
    given.set(name, { value: fillTemplate(template, values), source: 'environment' });
  }
  return given;
}

/**
 * Without a prototype V8 keeps it as a table. As an ordinary object each service would make a hidden class of its own
 * for every name that no other one has (`CATALOG_URL`), of all the names before it.
 */
function table(): Record<string, string> {
  return Object.create(null) as Record<string, string>;
}

function providedValues(spec: ServiceSpec, at: Occupant, around: Surroundings): Record<string, string> {
  const values = Object.assign(
    table(),
    markEnvironment({ run: around.run, service: spec.name, replica: at.replica, instance: at.instance }),
    { MSVC_PROJECT: around.project, PYTHONUNBUFFERED: '1' },
  );
  if (around.gatewayUrl !== null) values.GATEWAY_URL = gatewayUrl(spec, around.gatewayUrl, around.network.gateway);
  if (around.colour) Object.assign(values, { FORCE_COLOR: '1', CLICOLOR_FORCE: '1' });
  if (at.port !== null) Object.assign(values, { PORT: String(at.port), HOST: around.network.listen });
  if (spec.database) {
    const path = databasePath(spec, spec.database);
    values.DATABASE_PATH = path;
    values.DATABASE_URL = `file:${path}`;
  }
  for (const callee of spec.calls) {
    const port = around.edges[callee];
    if (port === undefined) continue;
    const prefix = environmentPrefix(callee);
    values[`${prefix}_URL`] = `${around.tcp?.has(callee) ? 'tcp' : 'http'}://${around.network.gateway}:${port}`;
    values[`${prefix}_HOST`] = around.network.gateway;
    values[`${prefix}_PORT`] = String(port);
  }
  for (const { source, target } of spec.secrets) {
    const file = spec.run.kind === 'container' ? `${CONTAINER_SECRETS}/${target}` : around.secretFiles[source];
    if (file !== undefined) values[secretFileName(target)] = file;
  }
  return values;
}

/** What holes are filled with. Hints on colours are msvc's while colours are shown; the shell's hold where it gives none. */
function fillers(provided: Readonly<Record<string, string>>, { inherited, colour }: Surroundings) {
  const { FORCE_COLOR, CLICOLOR_FORCE } = inherited;
  if (colour || (FORCE_COLOR === undefined && CLICOLOR_FORCE === undefined)) return provided;
  return Object.assign(
    table(),
    FORCE_COLOR !== undefined && { FORCE_COLOR },
    CLICOLOR_FORCE !== undefined && { CLICOLOR_FORCE },
    provided,
  );
}

/** A container's `localhost` is the container itself. */
function gatewayUrl({ run }: ServiceSpec, url: string, host: string): string {
  return run.kind === 'process' ? url : `http://${host}:${new URL(url).port}`;
}

/** Where a container finds the folder of its database. */
export const CONTAINER_DATA = '/var/lib/msvc';
export const CONTAINER_SECRETS = '/run/secrets';

/** As the service sees it. */
function databasePath({ run }: ServiceSpec, { path: file }: DatabaseSpec): string {
  return run.kind === 'process' ? file : path.posix.join(CONTAINER_DATA, path.basename(file));
}

/** A list's holes are filled here; a shell line's by the shell that runs it. */
export function filledCommand(command: Command, values: Readonly<Record<string, string>>): FilledCommand {
  if (command.kind === 'shell') return command;
  return { kind: 'exec', argv: command.argv.map((word) => fillTemplate(word, values)) };
}

/** For people: the line, or the words of the list. */
export function commandText(command: Command): string {
  if (command.kind === 'shell') return command.line;
  return command.argv.map((word) => printTemplate(word)).join(' ');
}
