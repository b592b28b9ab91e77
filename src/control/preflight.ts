/** What can be known to be missing before anything starts: then nothing does, and the rest can be started by name. */
import type { PlanStep } from '../model/event.ts';
import { instanceId, type ServiceName } from '../model/names.ts';
import type { Command, ServiceSpec } from '../model/project.ts';
import type { Driver } from '../runtime/drivers/driver.ts';
import { filledCommand, launchEnvironment, type Surroundings } from '../runtime/launch-request.ts';
import type { Wanted } from '../runtime/plan.ts';

/**
 * What a pre_start may yet build is not asked for.
 * @throws MsvcError MSVC_INTERPRETER_MISSING, MSVC_WORKING_DIR_MISSING, with `place`
 */
export function checkPrograms(
  steps: readonly PlanStep[],
  wanted: ReadonlyMap<ServiceName, Wanted>,
  driver: Driver,
  surroundings: (spec: ServiceSpec) => Surroundings,
): void {
  for (const { service, action } of steps) {
    const spec = wanted.get(service)?.spec;
    if (!spec || spec.preStart.length > 0 || (action !== 'start' && action !== 'rollout')) continue;
    const at = { instance: instanceId(service, 1, 0), replica: 1, port: null };
    const { run, places } = spec;
    // What is in an image can only be told by running it.
    if (run.kind === 'container') continue;
    const environment = launchEnvironment({ ...spec, environment: withoutHoles(spec) }, at, surroundings(spec));
    const command = filledCommand(firstWord(run.command), environment);
    const what = { kind: 'process', command, workingDir: run.workingDir } as const;
    driver.check({ ...at, service, run: what, environment, place: places.command ?? places.service });
  }
}

/** What is known before ports are given out: enough to find a program by its PATH. */
function withoutHoles(spec: ServiceSpec): ServiceSpec['environment'] {
  return Object.fromEntries(Object.entries(spec.environment).filter(([, value]) => typeof value === 'string'));
}

function firstWord(command: Command): Command {
  return command.kind === 'shell' ? command : { kind: 'exec', argv: command.argv.slice(0, 1) };
}
