/**
 * `pre_start`: commands that gate a service's start (a build step, a migration by command), once before its first
 * replica or before each. Their output is the service's log; a failing one stops the start. Runs them one after another,
 * each as a group of its own.
 */
import { MsvcError } from '../model/error.ts';
import type { NewEvent } from '../model/event.ts';
import type { Hook, ServiceSpec } from '../model/project.ts';
import { fillTemplate } from '../model/template.ts';
import type { Driver, LaunchRequest } from './drivers/driver.ts';
import type { Ending } from './ending.ts';
import { commandText, filledCommand } from './launch-request.ts';
import { oneOff } from './launch-run.ts';
import { TAIL_LINES } from './logs/instance-log.ts';

export interface HookParts {
  readonly driver: Driver;
  readonly emit: (event: NewEvent) => number;
}

export function hasHooks(spec: ServiceSpec, { perReplica }: Pick<Hook, 'perReplica'>): boolean {
  return spec.preStart.some((hook) => hook.perReplica === perReplica);
}

/**
 * Those for all replicas, or those for the one that `base` launches.
 * @param base a launch of the service itself: its environment, log and marks
 * @throws MsvcError MSVC_HOOK_FAILED, or what the driver throws
 */
export async function runHooks(
  spec: ServiceSpec,
  { perReplica }: Pick<Hook, 'perReplica'>,
  base: LaunchRequest,
  parts: HookParts,
  cause: number | undefined,
  ending: Ending,
): Promise<void> {
  for (const [index, hook] of spec.preStart.entries()) {
    if (ending.begun) return;
    if (hook.perReplica === perReplica) await runHook(spec, hook, index, base, parts, cause, ending);
  }
}

/** Where the service runs: on this machine in its folder, or in a container of the service's image. */
function hookRun(
  hook: Hook,
  base: LaunchRequest['run'],
  environment: Readonly<Record<string, string>>,
): LaunchRequest['run'] {
  const command = filledCommand(hook.command, environment);
  if (base.kind === 'process') {
    return { kind: 'process', command, workingDir: hook.workingDir ?? base.workingDir };
  }
  const argv = command.kind === 'exec' ? command.argv : ['/bin/sh', '-c', command.line];
  return oneOff(base, argv, hook.workingDir);
}

async function runHook(
  spec: ServiceSpec,
  hook: Hook,
  index: number,
  base: LaunchRequest,
  { driver, emit }: HookParts,
  cause: number | undefined,
  ending: Ending,
): Promise<void> {
  const about = {
    service: spec.name,
    command: commandText(hook.command),
    index,
    ...(hook.perReplica && { replica: base.replica }),
  };
  const extra = Object.fromEntries(
    Object.entries(hook.environment).map(([name, value]) => [name, fillTemplate(value, base.environment)]),
  );
  const environment = { ...base.environment, ...extra };
  const started = performance.now();
  const seq = emit({ type: 'hook.started', ...about, cause });
  base.log.begin();
  const place = spec.places.pre_start ?? base.place;
  const request = { ...base, run: hookRun(hook, base.run, environment), environment, place };
  const running = await driver.launch(request, ending);
  const over = ending.ends(running, spec);
  const exit = await running.exited;
  // What the shell of a line has left behind has its time to end too.
  if (ending.begun) await running.emptied;
  await running.kill();
  await running.emptied;
  await running.drained;
  over();
  const tookMs = Math.round(performance.now() - started);
  emit({ type: 'hook.exited', ...about, exit, tookMs, cause: seq });
  if (exit.code === 0 || ending.begun) return;
  throw new MsvcError('MSVC_HOOK_FAILED', `pre_start of ${spec.name} failed`, {
    facts: { ...about, code: exit.code, signal: exit.signal, tail: base.log.tail(TAIL_LINES) },
    place: spec.places.pre_start,
  });
}
