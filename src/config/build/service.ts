/** One service's tree -> its part of the `Project`, except what only the others decide (whether it needs a port). */
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { type ServiceName, serviceName } from '../../model/names.ts';
import type { Place } from '../../model/place.ts';
import type { DatabaseSpec, Hook, PortSpec, RestartSpec, ServiceSpec, WatchRule } from '../../model/project.ts';
import { suggest } from '../../model/suggest.ts';
import { DEFAULTS } from '../defaults.ts';
import type { Problems } from '../problems.ts';
import { baseDirOf, type Entry, entryPlace, type Node, placeAt, placeOf } from '../tree/node.ts';
import { booleanOf, entriesOf, get, itemsOf, numberOf, scalarsOf, textOf } from '../tree/read.ts';
import { parseDurationMs, parseSizeBytes } from '../units.ts';
import { commandOf } from './command.ts';
import { isContainer } from './container/container.ts';
import { type BuildContext, pathOf, servicePathOf, warnIfMissing } from './context.ts';
import { dependenciesOf } from './dependencies.ts';
import { envFilesOf, environmentOf } from './environment.ts';
import { healthcheckOf, type WrittenHealthcheck } from './healthcheck.ts';
import { routesOf } from './routes.ts';
import { runOf } from './run.ts';
import { grantsOf } from './secrets.ts';
import { callPoliciesOf, policyWordsOf } from './traffic.ts';

/** `port` and `probe` as written; `deduce.ts` decides what holds where nothing is written. */
export interface ServiceDraft extends Omit<ServiceSpec, 'port' | 'healthcheck'> {
  readonly port: PortSpec | undefined;
  readonly healthcheck: WrittenHealthcheck;
  readonly entry: Entry;
}

const ACTIONS = ['restart', 'rebuild', 'sync', 'sync+restart'] as const;

export function draftService(entry: Entry, context: BuildContext): ServiceDraft {
  const { key, value: node } = entry;
  const { problems } = context;
  const name = serviceName(key);
  const baseDir = baseDirOf(node);
  const inContainer = isContainer(node);
  // Of a container `working_dir` is a folder of its image: its files on this machine are beside the definition.
  const workingDir = inContainer ? baseDir : (pathOf(get(node, 'working_dir')) ?? baseDir);
  const envFiles = envFilesOf(get(node, 'env_file'), context);
  context.envEntries.set(name, envFiles.values);
  const database = databaseOf(get(node, 'database'), name, workingDir, context);
  const callPolicies = callPoliciesOf(get(node, 'calls'), problems);
  const traffic = policyWordsOf(get(node, 'traffic'), problems);
  return {
    name,
    run: runOf(entry, workingDir, context),
    environment: environmentOf(get(node, 'environment'), context),
    envFile: Object.fromEntries([...envFiles.values].map(([variable, { value }]) => [variable, value])),
    ...(envFiles.files.length > 0 && { envFiles: envFiles.files }),
    port: portOf(get(node, 'port')),
    ...protocolOf(node),
    replicas: replicasOf(node, problems),
    calls: calleesOf(get(node, 'calls'), problems),
    ...(Object.keys(callPolicies).length > 0 && { callPolicies }),
    ...(traffic && { traffic }),
    dependsOn: dependenciesOf(get(node, 'depends_on')),
    healthcheck: healthcheckOf(get(node, 'healthcheck'), problems),
    preStart: itemsOf(get(node, 'pre_start')).flatMap(
      (hook) => hookOf(hook, inContainer ? null : workingDir, context) ?? [],
    ),
    restart: restartOf(get(node, 'restart')),
    ...stopSignalOf(get(node, 'stop_signal'), inContainer, problems),
    stopGraceMs: parseDurationMs(textOf(get(node, 'stop_grace_period')) ?? '') ?? DEFAULTS.stopGraceMs,
    routes: routesOf(name, node, context.auth, problems),
    ...(database && { database }),
    watch: itemsOf(get(get(node, 'develop'), 'watch')).flatMap(
      (rule) => watchOf(rule, workingDir, inContainer, problems) ?? [],
    ),
    logging: loggingOf(get(get(node, 'logging'), 'options')),
    profiles: namesOf(get(node, 'profiles'), problems),
    secrets: grantsOf(get(node, 'secrets'), problems),
    places: placesOf(entry),
    entry,
  };
}

function calleesOf(node: Node | undefined, problems: Problems): ServiceName[] {
  const names = node?.kind === 'map' ? entriesOf(node).map(({ key }) => key) : namesOf(node, problems);
  return names.map(serviceName);
}

function portOf(node: Node | undefined): PortSpec | undefined {
  const number = numberOf(node);
  if (number !== undefined) return { kind: 'fixed', number };
  const word = textOf(node);
  return word === 'auto' || word === 'none' ? { kind: word } : undefined;
}

function protocolOf(node: Node): Pick<ServiceSpec, 'protocol' | 'publicPort'> {
  const word = textOf(get(node, 'protocol'));
  const publicPort = numberOf(get(node, 'public_port'));
  return {
    ...(word === 'tcp' && { protocol: word }),
    ...((word === 'h2c' || word === 'grpc') && { protocol: 'h2c' }),
    ...(publicPort !== undefined && { publicPort }),
  };
}

function replicasOf(node: Node, problems: Problems): number {
  const short = get(node, 'replicas');
  const long = get(get(node, 'deploy'), 'replicas');
  const [a, b] = [numberOf(short), numberOf(long)];
  if (short && long && a !== undefined && b !== undefined && a !== b) {
    problems.error('conflicting-keys', `\`deploy.replicas\` is ${b} but \`replicas\` is ${a}`, placeOf(long), {
      related: [{ message: 'the other is here', place: placeOf(short) }],
      hint: 'write one of them',
    });
  }
  return a ?? b ?? DEFAULTS.replicas;
}

/** Names in a list, each once. */
function namesOf(node: Node | undefined, problems: Problems): string[] {
  const first = new Map<string, Place>();
  for (const item of itemsOf(node)) {
    if (item.kind !== 'scalar' || item.value === null) continue;
    const before = first.get(item.text);
    if (before) {
      problems.error('duplicate', `\`${item.text}\` is in the list twice`, placeOf(item), {
        related: [{ message: 'first written here', place: before }],
      });
    } else first.set(item.text, placeOf(item));
  }
  return [...first.keys()];
}

/** @param serviceDir null: it runs in a container, whose folders are not this machine's. */
function hookOf(node: Node, serviceDir: string | null, context: BuildContext): Hook | undefined {
  const long = node.kind === 'map';
  const command = commandOf(long ? get(node, 'command') : node);
  if (command === undefined) return undefined;
  const dirNode = get(node, 'working_dir');
  const workingDir =
    serviceDir === null ? textOf(dirNode) : (servicePathOf(dirNode, serviceDir, context.problems) ?? serviceDir);
  return {
    command,
    ...(workingDir !== undefined && { workingDir }),
    environment: environmentOf(get(node, 'environment'), context),
    perReplica: booleanOf(get(node, 'per_replica')) ?? false,
  };
}

function restartOf(node: Node | undefined): RestartSpec {
  const [policy = DEFAULTS.restart, attempts] = (textOf(node) ?? '').split(':').filter((part) => part !== '');
  return {
    policy: policy as RestartSpec['policy'],
    ...(attempts !== undefined && { maxAttempts: Number(attempts) }),
  };
}

/** Where nothing is written a container's image decides. */
function stopSignalOf(node: Node | undefined, inContainer: boolean, problems: Problems): { stopSignal?: string } {
  const text = textOf(node);
  if (node === undefined || text === undefined) return inContainer ? {} : { stopSignal: DEFAULTS.stopSignal };
  return { stopSignal: signalOf(text, node, problems) };
}

function signalOf(text: string, node: Node, problems: Problems): string {
  const signal = text.toUpperCase().replace(/^(SIG)?/, 'SIG');
  // What is no text has been told by the schema.
  if (node.kind === 'scalar' && typeof node.value === 'string' && !(signal in constants.signals)) {
    const near = suggest(signal, Object.keys(constants.signals));
    problems.error('bad-value', `\`${text}\` is not a signal`, placeOf(node), {
      hint: near === undefined ? 'for example SIGTERM, SIGINT, SIGQUIT' : `did you mean \`${near}\`?`,
    });
  }
  return signal;
}

function loggingOf(options: Node | undefined): ServiceSpec['logging'] {
  return {
    maxSizeBytes: parseSizeBytes(textOf(get(options, 'max-size')) ?? '') || DEFAULTS.maxSizeBytes,
    maxFiles: Number(textOf(get(options, 'max-file')) ?? DEFAULTS.maxFiles) || DEFAULTS.maxFiles,
  };
}

function watchOf(node: Node, workingDir: string, inContainer: boolean, problems: Problems): WatchRule | undefined {
  const path = servicePathOf(get(node, 'path'), workingDir, problems);
  warnIfMissing(get(node, 'path'), path, 'the watched path', problems);
  const action = textOf(get(node, 'action'));
  const known = ACTIONS.find((one) => one === action);
  if (path === undefined || known === undefined) return undefined;
  const globs = (key: string) => scalarsOf(get(node, key)).map((glob) => glob.text);
  const rule = { path, action: known, ignore: globs('ignore'), include: globs('include') };
  return known === 'sync' || known === 'sync+restart' ? syncOf(rule, node, inContainer, problems) : rule;
}

function syncOf(rule: WatchRule, node: Node, inContainer: boolean, problems: Problems): WatchRule | undefined {
  const actionNode = get(node, 'action')!;
  const targetNode = get(node, 'target');
  const target = textOf(targetNode);
  if (!inContainer) {
    problems.error('unsupported-value', `\`action: ${rule.action}\` copies into a container`, placeOf(actionNode), {
      hint: 'a process reads the files where they are: write `restart`',
    });
  } else if (target === undefined) {
    problems.error('missing-key', `\`action: ${rule.action}\` needs \`target\``, placeOf(actionNode), {
      hint: 'write where in the container the files go, such as `target: /app/src`',
    });
  } else if (!target.startsWith('/')) {
    problems.error('bad-value', `\`${target}\` is no path in a container`, placeOf(targetNode!), {
      hint: 'it starts with `/`',
    });
  } else {
    return { ...rule, target, ...(booleanOf(get(node, 'initial_sync')) === true && { initialSync: true }) };
  }
  return undefined;
}

function databaseOf(
  node: Node | undefined,
  name: ServiceName,
  workingDir: string,
  context: BuildContext,
): DatabaseSpec | undefined {
  if (node === undefined || booleanOf(node) === false || (node.kind === 'scalar' && booleanOf(node) !== true))
    return undefined;
  const inDir = (key: string, what: string) => {
    const path = servicePathOf(get(node, key), workingDir, context.problems);
    warnIfMissing(get(node, key), path, what, context.problems);
    return path;
  };
  const migrations = inDir('migrations', 'the folder of migrations');
  const seed = inDir('seed', 'the seed');
  return {
    path: join(resolve(context.stateDir), 'data', name, `${name}.db`),
    ...(migrations !== undefined && { migrations }),
    ...(seed !== undefined && { seed }),
  };
}

/** `service`, each key, and one level below: `calls.<name>`, `depends_on.<name>`, `database.migrations`, `pre_start.0`. */
function placesOf(entry: Entry): Record<string, Place> {
  const places: Record<string, Place> = { service: placeAt(entry.keyOrigin) };
  for (const inner of entriesOf(entry.value)) {
    places[inner.key] = entryPlace(inner);
    for (const below of entriesOf(inner.value)) places[`${inner.key}.${below.key}`] = entryPlace(below);
    for (const [i, item] of itemsOf(inner.value).entries()) {
      const named = inner.key === 'calls' || inner.key === 'secrets' || inner.key === 'profiles';
      places[`${inner.key}.${named ? (textOf(item) ?? textOf(get(item, 'source')) ?? i) : i}`] = placeOf(item);
    }
  }
  return places;
}
