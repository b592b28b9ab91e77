/** What can be known to be missing before anything starts: then nothing does, and the rest can be started by name. */
import { MsvcError } from '../model/error.ts';
import type { PlanStep } from '../model/event.ts';
import { instanceId, type ServiceName } from '../model/names.ts';
import type { Place } from '../model/place.ts';
import type { Command, ServiceSpec } from '../model/project.ts';
import type { ProcessRun } from '../model/run.ts';
import type { Driver } from '../runtime/drivers/driver.ts';
import { filledCommand, launchEnvironment, type Surroundings } from '../runtime/launch-request.ts';
import type { Wanted } from '../runtime/plan.ts';

/** All that finding a program asks of the environment, beside what a definition writes: bash takes functions from it. */
const OF_PROGRAMS = /^(PATH$|BASH_FUNC_)/;

/**
 * What a pre_start may yet build is not asked for.
 * @throws MsvcError MSVC_INTERPRETER_MISSING, MSVC_WORKING_DIR_MISSING, with `place`; more than one: `facts.others`, sentences
 */
export function checkPrograms(
  steps: readonly PlanStep[],
  wanted: ReadonlyMap<ServiceName, Wanted>,
  driver: Driver,
  surroundings: (spec: ServiceSpec) => Surroundings,
): void {
  const missing: MsvcError[] = [];
  let inherited: Surroundings['inherited'] | null = null;
  const found = new Set<string>();
  for (const { service, action } of steps) {
    const spec = wanted.get(service)?.spec;
    if (!spec || spec.preStart.length > 0 || (action !== 'start' && action !== 'rollout')) continue;
    const at = { instance: instanceId(service, 1, 0), replica: 1, port: null };
    const { run, places } = spec;
    // What is in an image can only be told by running it.
    if (run.kind === 'container') continue;
    const program = programOf(spec, run);
    if (program !== null && found.has(program)) continue;
    const around = surroundings(spec);
    // Copying a shell's whole environment for each service takes longer than the check itself.
    inherited ??= onlyOf(around.inherited, OF_PROGRAMS);
    const environment = launchEnvironment({ ...spec, environment: withoutHoles(spec) }, at, { ...around, inherited });
    const command = filledCommand(firstWord(run.command), environment);
    const what = { kind: 'process', command, workingDir: run.workingDir } as const;
    try {
      driver.check({ ...at, service, run: what, environment, place: places.command ?? places.service });
      if (program !== null) found.add(program);
    } catch (error) {
      if (!(error instanceof MsvcError)) throw error;
      const inFolder = error.code === 'MSVC_WORKING_DIR_MISSING' && places.working_dir !== undefined;
      missing.push(inFolder ? withPlace(error, places.working_dir) : error);
    }
  }
  const [first, ...others] = missing;
  if (first) throw others.length === 0 ? first : withOthers(first, others);
}

/** What a service has in common with others that need the same program in the same folder; null: it has its own ways. */
function programOf({ environment, envFile }: ServiceSpec, { command, workingDir }: ProcessRun): string | null {
  if (command.kind === 'shell' || environment.PATH !== undefined || envFile.PATH !== undefined) return null;
  const [word] = command.argv;
  return typeof word === 'string' ? `${word}\0${workingDir}` : null;
}

function withPlace(error: MsvcError, place: Place | undefined): MsvcError {
  const { code, message, facts, hint } = error;
  return new MsvcError(code, message, { facts, place, hint });
}

/** Who mends the first would only then meet the next. */
function withOthers({ code, message, facts, place, hint }: MsvcError, others: readonly MsvcError[]): MsvcError {
  return new MsvcError(code, message, {
    facts: { ...facts, others: others.map((other) => other.message) },
    place,
    hint: `${hint ?? ''}\nalso: ${others.map((other) => other.message).join('\nalso: ')}`,
  });
}

/** What is known before ports are given out: enough to find a program by its PATH. */
function withoutHoles(spec: ServiceSpec): ServiceSpec['environment'] {
  return Object.fromEntries(Object.entries(spec.environment).filter(([, value]) => typeof value === 'string'));
}

function onlyOf(environment: Readonly<Record<string, string>>, names: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => names.test(name)));
}

function firstWord(command: Command): Command {
  return command.kind === 'shell' ? command : { kind: 'exec', argv: command.argv.slice(0, 1) };
}
