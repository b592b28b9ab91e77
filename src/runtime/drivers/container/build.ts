/**
 * Builds the image of a service: its context, less what .dockerignore names, goes to the engine as a tar; what the
 * engine says comes into the log of the service. A Dockerfile that asks for BuildKit gets it.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { MsvcError } from '../../../model/error.ts';
import type { ServiceSpec } from '../../../model/project.ts';
import type { ContainerRun, ImageSpec } from '../../../model/run.ts';
import type { InstanceLog } from '../../logs/instance-log.ts';
import { buildkitText } from './buildkit.ts';
import { contextOf, OUTSIDE } from './context.ts';
import { type Credentials, credentialsFor } from './credentials.ts';
import type { ContainerEngine } from './engine.ts';
import { messageOf, registryOf } from './errors.ts';
import { type Owner, projectLabels } from './labels.ts';
import { readJsonLines } from './lines.ts';

export interface Build {
  readonly spec: ServiceSpec;
  readonly run: ContainerRun;
  readonly image: Extract<ImageSpec, { kind: 'build' }>;
  /** The result's tag. */
  readonly name: string;
  readonly owner: Owner;
  readonly log: InstanceLog;
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface BuildLine {
  readonly stream?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
  readonly id?: string;
  readonly aux?: { readonly ID?: string } | string;
}

const TAIL_LINES = 20;

/** @returns the image's id. @throws MsvcError MSVC_BUILD_FAILED, with `place` */
export async function buildImage(engine: ContainerEngine, build: Build): Promise<string> {
  const { image, log, name, spec, signal } = build;
  const file = path.resolve(image.context, image.dockerfile);
  const text = readDockerfile(file, build);
  const inside = !path.relative(image.context, file).startsWith('..');
  const dockerfile = inside ? path.relative(image.context, file) : OUTSIDE;
  const options = await optionsOf(build, dockerfile, text);
  log.begin();
  const output = log.open('stdout');
  const tar = contextOf(image.context, dockerfile, inside ? null : text);
  let id: string | undefined;
  try {
    const stream = (await engine.docker.buildImage(tar, options)) as Readable;
    await readJsonLines<BuildLine>(stream, (line) => {
      if (line.error !== undefined) throw new Error(line.errorDetail?.message ?? line.error);
      if (line.stream !== undefined) output.push(Buffer.from(line.stream));
      if (line.id === 'moby.buildkit.trace' && typeof line.aux === 'string') {
        output.push(Buffer.from(buildkitText(Buffer.from(line.aux, 'base64'))));
      }
      if (typeof line.aux === 'object' && line.aux.ID !== undefined) id = line.aux.ID;
    });
  } catch (error) {
    tar.destroy();
    if (signal.aborted) throw error;
    engine.noteLost(error);
    await output.end();
    throw failed(build, messageOf(error), log.tail(TAIL_LINES), error);
  }
  await output.end();
  if (id !== undefined) return id;
  const { Id } = await engine.docker.getImage(name).inspect();
  return Id ?? spec.name;
}

function readDockerfile(file: string, build: Build): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw failed(build, missing ? `${file} does not exist` : (error as Error).message, [], error);
  }
}

function failed({ spec, name }: Build, message: string, tail: readonly string[], cause: unknown): MsvcError {
  return new MsvcError('MSVC_BUILD_FAILED', `the image of ${spec.name} could not be built: ${message}`, {
    facts: { service: spec.name, image: name, reason: message, tail },
    place: spec.places.build ?? spec.places.service,
    hint: /does not exist$/.test(message)
      ? 'correct `build.context` or `build.dockerfile`'
      : `its output is in the log: \`msvc logs ${spec.name}\``,
    cause,
  });
}

async function optionsOf(build: Build, dockerfile: string, text: string): Promise<Docker.ImageBuildOptions> {
  const { image, run, name, owner } = build;
  const credentials = await basesCredentials(text, build.environment);
  return {
    t: name,
    dockerfile,
    rm: true,
    forcerm: true,
    labels: projectLabels(owner),
    ...(Object.keys(image.args).length > 0 && { buildargs: { ...image.args } }),
    ...(image.target !== undefined && { target: image.target }),
    ...(image.noCache && { nocache: true }),
    ...(image.pull && { pull: 'true' }),
    ...(run.platform !== undefined && { platform: run.platform }),
    ...(credentials && { registryconfig: credentials }),
    // As a number: for the text dockerode opens a session (gRPC), which a context that is sent as a tar does not need.
    ...(needsBuildKit(text) && { version: 2 }),
    abortSignal: build.signal,
  } as unknown as Docker.ImageBuildOptions;
}

/** What the engine's older builder does not know. */
export function needsBuildKit(dockerfile: string): boolean {
  return (
    /^\s*#\s*syntax\s*=/im.test(dockerfile) ||
    /^\s*(RUN|COPY|ADD)\b[^\n]*(\s--(mount|link|chmod|parents|network|security|checksum|exclude)\b|<<-?["']?\w)/im.test(
      dockerfile,
    )
  );
}

/** Of the registries that its bases come from. */
async function basesCredentials(
  text: string,
  environment: Build['environment'],
): Promise<Record<string, Credentials> | undefined> {
  const bases = [...text.matchAll(/^\s*FROM\s+(?:--\S+\s+)*(\S+)/gim)].map(([, base]) => registryOf(base!));
  const found = await Promise.all([...new Set(bases)].map((registry) => credentialsFor(registry, environment)));
  const known = found.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known.map((one) => [one.serveraddress, one]));
}
