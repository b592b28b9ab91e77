/** The beginning of every `up`: the definition is read, the engine is there, the plan is made and its steps begun. */
import type { Client } from '../../control/client.ts';
import { ensureEngine } from '../../control/launch.ts';
import type { Result, UpParams } from '../../control/protocol.ts';
import type { StandbyEngine } from '../../control/standby-engine.ts';
import type { Project } from '../../model/project.ts';
import { select } from '../../model/select.ts';
import { EMPTY_VIEW, type View } from '../../model/view.ts';
import { type Context, whereOf } from '../context.ts';
import { assertServices } from '../engine/connect.ts';
import { noteVersion } from '../engine/version-note.ts';
import { definedOf, loadProjectFor, sayOf } from '../project.ts';
import { type Labels, labelsOf } from '../report/lines.ts';
import { isDetached, type UpFlags } from './options.ts';

export interface Begun {
  readonly client: Client;
  readonly project: Project;
  readonly params: UpParams;
  readonly result: Result<'up'>;
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

/** Reads the definition as this command's flags bend it. @throws MsvcError MSVC_SPEC_INVALID, MSVC_UNKNOWN_SERVICE */
export async function wantedProject(context: Context, services: readonly string[], flags: UpFlags): Promise<Project> {
  const project = await loadProjectFor(context, { gatewayPort: flags.port });
  const known = Object.keys(project.services);
  assertServices([...services, ...Object.keys(flags.scale ?? {})], known);
  if (flags.exitCodeFrom !== undefined) assertServices([flags.exitCodeFrom], known);
  await sayOf(context, select(project, upParams(context, project, services, flags, false)).diagnostics);
  return project;
}

export function upParams(
  context: Context,
  project: Project,
  services: readonly string[],
  flags: UpFlags,
  dryRun: boolean,
): UpParams {
  return {
    project,
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
  /** Called when the definition is read and the engine is waited for: time to load something. */
  readonly waiting?: () => void;
  /** Called with an engine that this command begins, once `up` is asked of it: what is asked now is answered with it. */
  readonly asked?: (engine: Client) => void;
}

export async function begin(
  context: Context,
  services: readonly string[],
  flags: UpFlags,
  meanwhile: Meanwhile = {},
): Promise<Begun> {
  const standby = await standbyFor(context);
  const project = await wantedProject(context, services, flags).catch(async (error: unknown) => {
    await standby?.dismiss();
    throw error;
  });
  const { name, dir, stateDir } = project;
  const params = upParams(context, project, services, flags, false);
  const ask = (of: Client): Asked => ({ of, at: Date.now(), result: of.request('up', params) });
  const atOnce: Asked[] = [];
  const ensuring = ensureEngine({ name, dir, stateDir, file: project.files[0] ?? dir }, standby, (engine) => {
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
    Object.values(project.services).map((s) => ({ name: s.name, replicas: flags.scale?.[s.name] ?? s.replicas })),
  );
  try {
    const before = started ? EMPTY_VIEW : await client.request('view', {});
    const { at, result } = atOnce.find(({ of }) => of === client) ?? ask(client);
    return { client, project, params, result: await result, before, labels, at };
  } catch (error) {
    // An engine that never got anything to run ends by itself; the error is told when it has.
    if (started) await (await import('../../control/gone.ts')).engineGone(client);
    client.close();
    throw error;
  }
}
