/**
 * A `Project` in msvc.yaml's words again, everything written out: what `msvc config` prints. Routes stand at length,
 * names filled at launch as `${PORT}`, secrets as `***`. Where nothing was masked it loads to the same `Project`. Pure.
 */
import type { AccessLogSpec } from '../model/access-log.ts';
import type { Command, Hook, Project, RegistrySpec, ServiceSpec } from '../model/project.ts';
import { isGivenTo, providedNames } from './interpolate/provided.ts';
import { printAuth } from './resolved/auth.ts';
import { printContainer } from './resolved/container.ts';
import { printHealthcheck } from './resolved/healthcheck.ts';
import { Printer } from './resolved/printer.ts';
import { printRoute } from './resolved/route.ts';
import { printSmoke } from './resolved/smoke.ts';
import { printPolicy } from './resolved/traffic.ts';
import { printDuration, printSize } from './units.ts';

export function resolved(project: Project): Record<string, unknown> {
  const printer = new Printer(project);
  const { gateway, registry } = project;
  const services = Object.values(project.services).map((service) => [
    service.name,
    printService(service, gateway.auth?.default !== undefined, printer),
  ]);
  const secrets = Object.values(project.secrets).map(({ name, source, from }) => [
    name,
    { [source]: printer.text(from ?? '') },
  ]);
  const all = Object.values(project.services);
  const provided = providedNames(
    new Set(all.map(({ name }) => name)),
    all.flatMap(({ secrets }) => secrets),
  );
  return {
    name: project.name,
    gateway: {
      port: gateway.port.kind === 'auto' ? 'auto' : gateway.port.number,
      host: gateway.host,
      balancer: gateway.balancer,
      ...(gateway.accessLog && { access_log: printAccessLog(gateway.accessLog, printer) }),
      ...(gateway.serverTiming && { server_timing: true }),
      ...(gateway.auth && { auth: printAuth(gateway.auth, printer) }),
    },
    ...(registry.http && { registry: { http: printRegistry(registry.http) } }),
    services: Object.fromEntries(services),
    ...nonEmpty('volumes', project.volumes),
    ...(secrets.length > 0 && { secrets: Object.fromEntries(secrets) }),
    ...(project.smoke && {
      smoke: printSmoke(project.smoke, printer, (command) => printCommand(command, printer, provided.atLaunch)),
    }),
  };
}

function printAccessLog({ format, path, maxSizeBytes, maxFiles }: AccessLogSpec, printer: Printer): unknown {
  return { format, path: printer.text(path), 'max-size': printSize(maxSizeBytes), 'max-file': maxFiles };
}

function printRegistry({ port, token }: NonNullable<RegistrySpec['http']>): Record<string, unknown> {
  return { port, ...(token !== undefined && { token }) };
}

function printService(service: ServiceSpec, hasAuth: boolean, printer: Printer): Record<string, unknown> {
  const { restart, database, logging } = service;
  const text = (words: string) => printer.text(words);
  const given = (name: string) => isGivenTo(service, name);
  return {
    ...printRun(service, printer, given),
    environment: printer.environment(service.environment),
    ...list('env_file', service.envFiles ?? [], ({ path, raw }) =>
      raw ? { path: text(path), format: 'raw' } : text(path),
    ),
    port: service.port.kind === 'fixed' ? service.port.number : service.port.kind,
    ...(service.protocol !== undefined && { protocol: service.protocol }),
    ...(service.publicPort !== undefined && { public_port: service.publicPort }),
    replicas: service.replicas,
    ...printCalls(service, text),
    ...(service.traffic && { traffic: printPolicy(service.traffic) }),
    ...(service.dependsOn.length > 0 && { depends_on: printDependencies(service) }),
    ...nonEmpty(
      'healthcheck',
      printHealthcheck(service.healthcheck, printer, (command) => printCommand(command, printer, given)),
    ),
    ...list('pre_start', service.preStart, (hook) => printHook(hook, service, printer)),
    restart: restart.maxAttempts === undefined ? restart.policy : `${restart.policy}:${restart.maxAttempts}`,
    ...(service.stopSignal !== undefined && { stop_signal: service.stopSignal }),
    stop_grace_period: printDuration(service.stopGraceMs),
    ...list('routes', service.routes, (route) => printRoute(route, hasAuth, printer)),
    ...(database && { database: printDatabase(database, printer) }),
    ...(service.watch.length > 0 && { develop: { watch: printWatch(service, printer) } }),
    logging: { options: { 'max-size': printSize(logging.maxSizeBytes), 'max-file': logging.maxFiles } },
    ...list('profiles', service.profiles, text),
    ...list('secrets', service.secrets, ({ source, target }) =>
      source === target ? text(source) : { source: text(source), target: text(target) },
    ),
  };
}

function printRun({ run }: ServiceSpec, printer: Printer, given: (name: string) => boolean): Record<string, unknown> {
  if (run.kind === 'container') return printContainer(run, printer);
  return {
    command: printCommand(run.command, printer, given),
    working_dir: printer.text(run.workingDir),
    ...(run.stdinOpen && { stdin_open: true }),
    ...(run.tty && { tty: true }),
  };
}

function nonEmpty(key: string, map: object): Record<string, unknown> {
  return Object.keys(map).length === 0 ? {} : { [key]: map };
}

function printCalls({ calls, callPolicies }: ServiceSpec, text: (words: string) => string): Record<string, unknown> {
  if (callPolicies === undefined) return list('calls', calls, text);
  const entries = calls.map((callee) => [callee, printPolicy(callPolicies[callee] ?? {})]);
  return { calls: Object.fromEntries(entries) };
}

function printCommand(command: Command, printer: Printer, given: (name: string) => boolean): string | string[] {
  if (command.kind === 'shell') return printer.line(command.line, given);
  return command.argv.map((argument) => printer.template(argument));
}

function printDependencies({ dependsOn }: ServiceSpec): Record<string, unknown> {
  return Object.fromEntries(dependsOn.map(({ service, ...edge }) => [service, edge]));
}

function printHook(hook: Hook, service: ServiceSpec, printer: Printer): Record<string, unknown> {
  return {
    command: printCommand(hook.command, printer, (name) => isGivenTo(service, name, !hook.perReplica)),
    ...(hook.workingDir !== undefined && { working_dir: printer.text(hook.workingDir) }),
    environment: printer.environment(hook.environment),
    per_replica: hook.perReplica,
  };
}

function printDatabase({ migrations, seed }: NonNullable<ServiceSpec['database']>, printer: Printer): unknown {
  if (migrations === undefined && seed === undefined) return true;
  return {
    ...(migrations !== undefined && { migrations: printer.text(migrations) }),
    ...(seed !== undefined && { seed: printer.text(seed) }),
  };
}

function printWatch({ watch }: ServiceSpec, printer: Printer): Record<string, unknown>[] {
  return watch.map(({ path, action, target, initialSync, ignore, include }) => ({
    path: printer.text(path),
    action,
    ...(target !== undefined && { target: printer.text(target) }),
    ...(initialSync && { initial_sync: true }),
    ...list('ignore', ignore, (glob) => printer.text(glob)),
    ...list('include', include, (glob) => printer.text(glob)),
  }));
}

function list<T>(key: string, items: readonly T[], print: (item: T) => unknown): Record<string, unknown> {
  return items.length === 0 ? {} : { [key]: items.map(print) };
}
