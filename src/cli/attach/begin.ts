/** The beginning of every `up`: the definition is read, the engine is there, the plan is made and its steps begun. */
import type { Definition } from '../../config/definition.ts';
import type { Client } from '../../control/client.ts';
import { refuseImpossibleScale } from '../../control/impossible-scale.ts';
import { ensureEngine } from '../../control/launch.ts';
import type { Result, UpParams } from '../../control/protocol.ts';
import type { StandbyEngine } from '../../control/standby-engine.ts';
import type { ServiceName } from '../../model/names.ts';
import { select } from '../../model/select.ts';
import { EMPTY_VIEW, type View } from '../../model/view.ts';
import { type Context, whereOf } from '../context.ts';
import { assertServices } from '../engine/connect.ts';
import { noteVersion } from '../engine/version-note.ts';
import { definedOf, loadDefinitionFor, sayOf } from '../project.ts';
import { type Labels, labelsOf } from '../report/lines.ts';
import { isDetached, type UpFlags } from './options.ts';

export interface Begun {
  readonly client: Client;
  readonly definition: Definition;
  readonly result: Result<'up'>;
  /** When `up` was answered; `EMPTY_VIEW` where nobody wants it. */
  readonly view: View;
  /** The last event before that. */
  readonly upTo: number;
  /** As it was before: what happened from there on is this command's to tell. */
  readonly before: View;
  readonly labels: Labels;
  /** Wall-clock ms just before anything was started. */
  readonly at: number;
}

/** That a client asked for `up`, and when. */
interface Asked {
  readonly of: Client;
  readonly at: number;
  readonly result: Promise<Result<'up'>>;
}

/** Reads the definition as this command's flags bend it. @throws MsvcError MSVC_SPEC_INVALID, MSVC_UNKNOWN_SERVICE, MSVC_USAGE */
export async function wantedDefinition(
  context: Context,
  services: readonly string[],
  flags: UpFlags,
): Promise<Definition> {
  const definition = await loadDefinitionFor(context, { gatewayPort: flags.port });
  const { outline } = definition;
  const known = outline.services.map(({ name }) => name);
  assertServices([...services, ...Object.keys(flags.scale ?? {})], known);
  if (flags.exitCodeFrom !== undefined) assertServices([flags.exitCodeFrom], known);
  for (const [name, replicas] of Object.entries(flags.scale ?? {})) {
    refuseImpossibleScale(definition.project.services[name as ServiceName]!, replicas);
  }
  // Nothing is wrong with any choice among services that always run: what of them conflicts did so as it was read.
  if (outline.hasProfiles || context.globals.profiles.length > 0) {
    await sayOf(context, select(definition.project, upParams(context, services, flags, false)).diagnostics);
  }
  return definition;
}

export function upParams(
  context: Context,
  services: readonly string[],
  flags: UpFlags,
  dryRun: boolean,
): Omit<UpParams, 'project'> {
  return {
    environment: definedOf(context.env),
    services,
    profiles: context.globals.profiles,
    scale: flags.scale ?? {},
    noDeps: !flags.deps,
    dryRun,
    ...(flags.exitCodeFrom !== undefined && {
      // Without it there would be no end to wait for.
      also: [flags.exitCodeFrom],
      restartOff: [flags.exitCodeFrom],
    }),
    lease: !isDetached(flags) && !dryRun,
    colour: context.out.style.enabled,
  };
}

async function standbyFor(context: Context): Promise<StandbyEngine | null> {
  try {
    // Loaded already, and with an engine, where `main.ts` has begun one.
    const { standbyEngine, takeEarly } = await import('../early.ts');
    const early = takeEarly();
    return early === undefined ? standbyEngine(whereOf(context)) : early;
  } catch {
    // What is wrong is told where it is needed.
    return null;
  }
}

export interface Meanwhile {
  /** Called with the definition before anything is asked of an engine: where it throws nothing is started. */
  readonly defined?: (definition: Definition) => void;
  /** Called when the definition is read and the engine is waited for: time to load something. */
  readonly waiting?: () => void;
  /** Called with an engine that this command begins, once `up` is asked of it: what is asked now is answered with it. */
  readonly asked?: (engine: Client) => void;
  /** false: `Begun.view` is not wanted. */
  readonly view?: false;
}

export async function begin(
  context: Context,
  services: readonly string[],
  flags: UpFlags,
  meanwhile: Meanwhile = {},
): Promise<Begun> {
  const standby = await standbyFor(context);
  let definition: Definition;
  try {
    definition = await wantedDefinition(context, services, flags);
    meanwhile.defined?.(definition);
  } catch (error) {
    await standby?.dismiss();
    throw error;
  }
  const { outline } = definition;
  const { view } = meanwhile;
  const params = { ...upParams(context, services, flags, false), ...(view === false && { view }) };
  const ask = (of: Client): Asked => ({
    of,
    at: Date.now(),
    result: of.request('up', params, { project: definition.json }),
  });
  const atOnce: Asked[] = [];
  const ensuring = ensureEngine(outline, standby, (engine) => {
    const asked = ask(engine);
    // Of an engine that does not come up nobody awaits it.
    asked.result.catch(() => {});
    atOnce.push(asked);
    meanwhile.asked?.(engine);
  });
  meanwhile.waiting?.();
  const { client, started } = await ensuring;
  noteVersion(context, client);
  const labels = labelsOf(
    outline.services.map(({ name, replicas }) => ({ name, replicas: flags.scale?.[name] ?? replicas })),
  );
  try {
    const before = started ? EMPTY_VIEW : await client.request('view', {});
    const { at, result: answer } = atOnce.find(({ of }) => of === client) ?? ask(client);
    const result = await answer;
    const { view, upTo } = result;
    return { client, definition, result, view: view ?? EMPTY_VIEW, upTo: view?.seq ?? upTo, before, labels, at };
  } catch (error) {
    // An engine that never got anything to run ends by itself; the error is told when it has.
    if (started) await (await import('../../control/gone.ts')).engineGone(client);
    client.close();
    throw error;
  }
}
