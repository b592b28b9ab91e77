/** `smoke` of the file and of its services -> one list of steps, with every check that needs more than one of them. */
import { CLIENT } from '../../../model/fault.ts';
import { type ServiceName, serviceName } from '../../../model/names.ts';
import type { Place } from '../../../model/place.ts';
import type { ServiceSpec } from '../../../model/project.ts';
import {
  checksOf,
  SMOKE_VARIABLES,
  type SmokeCheck,
  type SmokeSpec,
  type SmokeStep,
  variablesIn,
} from '../../../model/smoke.ts';
import { suggest } from '../../../model/suggest.ts';
import { keysOf } from '../../schema/fields.ts';
import { baseDirOf, type Node, placeAt, placeOf } from '../../tree/node.ts';
import { asMap, entriesOf, get, itemsOf, textOf } from '../../tree/read.ts';
import { parseDurationMs } from '../../units.ts';
import type { BuildContext } from '../context.ts';
import { ACTIONS, actionOf } from './action.ts';
import { disturbancesOf, faultsOf } from './disturbance.ts';
import { captureOf, expectationOf } from './expectation.ts';

const RETRY_INTERVAL_MS = 200;
/** A line may be a moment behind what caused it. */
const LOG_RETRY_MS = 5000;

type Services = ReadonlyMap<string, ServiceSpec>;

/** @returns undefined when the file has no checks. */
export function smokeOf(root: Node, services: Services, context: BuildContext): SmokeSpec | undefined {
  const node = get(root, 'smoke');
  const steps = (list: Node | undefined, own?: ServiceName) =>
    itemsOf(list).flatMap((item) => stepOf(item, own, services, context) ?? []);
  const ofServices = entriesOf(get(root, 'services')).flatMap(({ key, value }) =>
    steps(get(value, 'smoke'), serviceName(key)),
  );
  const long = node?.kind === 'map';
  const spec: SmokeSpec = {
    setup: long ? steps(get(node, 'setup')) : [],
    checks: [...steps(long ? get(node, 'checks') : node), ...ofServices],
    teardown: long ? steps(get(node, 'teardown')) : [],
  };
  if (spec.checks.length === 0 && spec.setup.length === 0) return undefined;
  checkNames(spec, context);
  checkVariables(spec, context);
  return spec;
}

function stepOf(
  node: Node,
  own: ServiceName | undefined,
  services: Services,
  context: BuildContext,
): SmokeStep | undefined {
  const group = get(node, 'parallel');
  if (!group) return checkOf(node, own, services, context);
  const other = entriesOf(node).find(({ key }) => key !== 'parallel' && key !== 'name' && !key.startsWith('x-'));
  if (other) {
    context.problems.error(
      'conflicting-keys',
      `\`${other.key}\` cannot stand beside \`parallel\``,
      placeAt(other.keyOrigin),
      {
        hint: 'it belongs to the checks in the list',
      },
    );
  }
  const parallel = itemsOf(group).flatMap((item) => checkOf(item, own, services, context) ?? []);
  const name = textOf(get(node, 'name')) ?? parallel.map((check) => check.name).join(', ');
  return { kind: 'group', name, parallel, place: placeOf(node) };
}

function checkOf(
  node: Node,
  own: ServiceName | undefined,
  services: Services,
  context: BuildContext,
): SmokeCheck | undefined {
  if (!asMap(node)) return undefined;
  const { problems } = context;
  const written = entriesOf(node).filter(({ key }) => (ACTIONS as readonly string[]).includes(key));
  const [entry, second] = written;
  if (entry === undefined) {
    // A misspelt key has been told, and is the one mistake.
    if (entriesOf(node).some(({ key }) => !keysOf('smoke check').includes(key))) return undefined;
    problems.error('missing-key', 'the check does nothing', placeOf(node), {
      hint: `give it one of ${ACTIONS.map((key) => `\`${key}\``).join(', ')}`,
    });
    return undefined;
  }
  if (second) {
    problems.error(
      'conflicting-keys',
      `a check does one thing, not \`${entry.key}\` and \`${second.key}\``,
      placeAt(second.keyOrigin),
      {
        related: [{ message: 'the other is here', place: placeAt(entry.keyOrigin) }],
        hint: 'make two checks of them',
      },
    );
  }
  const named = textOf(get(node, 'service'));
  const service = named === undefined ? own : serviceName(named);
  const run = service && services.get(service)?.run;
  // A command of a check runs on this machine, whatever runs the service.
  const workingDir = run?.kind === 'process' ? run.workingDir : baseDirOf(node);
  const action = actionOf(node, entry, { service, workingDir, context });
  if (!action) return undefined;
  const retry =
    retryOf(get(node, 'retry')) ??
    (action.kind === 'log' && !action.absent ? { timeoutMs: LOG_RETRY_MS, intervalMs: RETRY_INTERVAL_MS } : undefined);
  const capture = entriesOf(get(node, 'capture')).flatMap((one) => {
    const from = captureOf(one, problems);
    return from ? [[one.key, from] as const] : [];
  });
  const check: SmokeCheck = {
    kind: 'check',
    name: textOf(get(node, 'name')) ?? defaultName(action),
    ...(service !== undefined && { service }),
    action,
    expect: expectationOf(get(node, 'expect'), service, problems),
    capture: Object.fromEntries(capture),
    ...(retry && { retry }),
    during: disturbancesOf(get(node, 'during'), problems),
    withFault: faultsOf(get(node, 'with_fault'), problems),
    place: placeOf(node),
  };
  checkServices(check, node, services, context);
  return check;
}

function defaultName(action: NonNullable<ReturnType<typeof actionOf>>): string {
  switch (action.kind) {
    case 'request':
      return `${action.method} ${action.url}`;
    case 'query':
      return action.sql.replace(/\s+/g, ' ').slice(0, 60);
    case 'log':
      return `${action.service} ${action.absent ? 'does not write' : 'writes'} ${action.line.matches ?? String(action.line.contains)}`;
    case 'run':
      return action.command.kind === 'shell' ? action.command.line : action.command.argv.join(' ');
  }
}

function retryOf(node: Node | undefined): SmokeCheck['retry'] {
  const timeoutMs = parseDurationMs(textOf(node?.kind === 'map' ? get(node, 'timeout') : node) ?? '');
  if (timeoutMs === undefined) return undefined;
  return { timeoutMs, intervalMs: parseDurationMs(textOf(get(node, 'interval')) ?? '') ?? RETRY_INTERVAL_MS };
}

function checkServices(check: SmokeCheck, node: Node, services: Services, { problems }: BuildContext): void {
  const { action, during, withFault, expect } = check;
  const at = (...keys: string[]): Place => {
    let found = node;
    for (const key of keys) found = get(found, key) ?? found;
    return placeOf(found);
  };
  const known = (name: string | undefined, place: Place): boolean => {
    if (name === undefined || services.has(name)) return true;
    const near = suggest(name, services.keys());
    problems.error('unknown-service', `no service is called \`${name}\``, place, {
      hint: near === undefined ? `there are: ${[...services.keys()].join(', ')}` : `did you mean \`${near}\`?`,
    });
    return false;
  };
  known(check.service, at('service'));
  known(expect.openapi?.service, at('expect', 'openapi'));
  for (const { services: names } of during) for (const name of names) known(name, at('during'));
  for (const { caller, callee } of withFault) {
    const place = at('with_fault', 'edge');
    const named = [caller, callee].filter((name) => name !== CLIENT && name !== '*');
    if (!named.every((name) => known(name, place)) || named.length < 2) continue;
    if (!services.get(caller)?.calls.includes(serviceName(callee))) {
      problems.error('unknown-edge', `\`${caller}\` does not declare that it calls \`${callee}\``, place, {
        hint: `add \`${callee}\` to \`calls\` of \`${caller}\``,
      });
    }
  }
  if (action.kind === 'query' || action.kind === 'log') {
    const place = at(action.kind, 'service');
    if (known(action.service, place) && action.kind === 'query' && !services.get(action.service)?.database) {
      problems.error('no-database', `service \`${action.service}\` has no database`, place, {
        hint: 'give it `database: true`',
      });
    }
  }
}

/** Reports name checks: two of one name could not be told apart. */
function checkNames(spec: SmokeSpec, { problems }: BuildContext): void {
  const first = new Map<string, Place>();
  for (const { name, place } of checksOf([...spec.setup, ...spec.checks, ...spec.teardown])) {
    const before = first.get(name);
    if (before) {
      problems.error('duplicate', `two checks are called \`${name}\``, place, {
        related: [{ message: 'the other is here', place: before }],
        hint: 'give each a `name` of its own',
      });
    } else first.set(name, place);
  }
}

/** A captured value is known from the step after the one that captures it. */
function checkVariables(spec: SmokeSpec, { problems }: BuildContext): void {
  const known = new Set<string>(SMOKE_VARIABLES);
  for (const step of [...spec.setup, ...spec.checks, ...spec.teardown]) {
    for (const check of checksOf([step])) {
      for (const name of neededBy(check)) {
        if (known.has(name)) continue;
        const near = suggest(name, known);
        problems.error('unknown-variable', `nothing before captures \`${name}\``, check.place, {
          hint: near === undefined ? 'a check above, with `capture`, must give it' : `did you mean \`{{${near}}}\`?`,
        });
      }
    }
    for (const check of checksOf([step])) for (const name of Object.keys(check.capture)) known.add(name);
  }
}

function neededBy({ action, expect, service }: SmokeCheck): Set<string> {
  return variablesIn({ action, expect, service });
}
