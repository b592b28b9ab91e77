/**
 * Brings the image of a service to the engine: pulled when its policy says so, or built. Services of one image share
 * one look and one pull. Progress is told as facts, at most twice a second.
 */
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { MsvcError } from '../../../model/error.ts';
import type { NewEvent } from '../../../model/event.ts';
import type { ServiceSpec } from '../../../model/project.ts';
import type { ContainerRun, ImageSpec } from '../../../model/run.ts';
import type { InstanceLog } from '../../logs/instance-log.ts';
import type { ImageHealthcheck, PreparedImage } from '../driver.ts';
import { buildImage } from './build.ts';
import { credentialsFor } from './credentials.ts';
import type { ContainerEngine } from './engine.ts';
import { imageFailed, registryOf, statusOf } from './errors.ts';
import { builtImageName, type Owner } from './labels.ts';
import { readJsonLines } from './lines.ts';
import { type PullLine, PullSums } from './progress.ts';

const TELL_EVERY_MS = 500;
const NS_PER_MS = 1e6;

export interface ImageParts {
  readonly engine: ContainerEngine;
  readonly owner: Owner;
  readonly environment: () => Readonly<Record<string, string | undefined>>;
  readonly emit: (event: NewEvent) => number;
}

export interface ImageOptions {
  readonly log: InstanceLog;
  readonly cause: number | undefined;
  readonly signal: AbortSignal;
}

export class Images {
  readonly #parts: ImageParts;
  readonly #pulls = new Map<string, { readonly pull: Promise<void>; readonly signal: AbortSignal }>();
  readonly #looks = new Map<string, Promise<Docker.ImageInspectInfo>>();

  constructor(parts: ImageParts) {
    this.#parts = parts;
  }

  /** @throws MsvcError MSVC_IMAGE_FAILED, MSVC_BUILD_FAILED, MSVC_CONTAINERS_UNAVAILABLE, with `place` */
  async prepare(spec: ServiceSpec, run: ContainerRun, options: ImageOptions): Promise<PreparedImage> {
    await this.#parts.engine.whenUp(options.signal);
    const { image } = run;
    return image.kind === 'pull' ? this.#pulled(spec, run, image, options) : this.#built(spec, run, image, options);
  }

  async #pulled(
    spec: ServiceSpec,
    run: ContainerRun,
    { name, policy }: Extract<ImageSpec, { kind: 'pull' }>,
    options: ImageOptions,
  ): Promise<PreparedImage> {
    const place = spec.places.image ?? spec.places.service;
    const here = policy === 'always' ? null : await this.#inspect(name, run.platform);
    if (here) return here;
    if (policy === 'never') {
      throw new MsvcError('MSVC_IMAGE_FAILED', `the image ${name} of ${spec.name} is not on this machine`, {
        facts: { image: name, service: spec.name, reason: 'missing' },
        place,
        hint: '`pull_policy: never` fetches nothing: pull or build it yourself, or write `missing`',
      });
    }
    try {
      await this.#pullOnce(spec, name, run.platform, options);
    } catch (error) {
      if (options.signal.aborted) throw error;
      throw imageFailed(name, spec.name, place, error);
    }
    const pulled = await this.#inspect(name, run.platform);
    if (pulled) return pulled;
    throw imageFailed(name, spec.name, place, new Error('no matching manifest: the image is for another platform'));
  }

  /** An engine sums up the sizes of all layers for it: twenty services of one image would make it work for a while. */
  #look(name: string): Promise<Docker.ImageInspectInfo> {
    const { engine } = this.#parts;
    const running = this.#looks.get(name);
    if (running) return running;
    const look = engine
      .persist(() => engine.docker.getImage(name).inspect())
      .finally(() => {
        if (this.#looks.get(name) === look) this.#looks.delete(name);
      });
    this.#looks.set(name, look);
    return look;
  }

  async #pullOnce(spec: ServiceSpec, name: string, platform: string | undefined, options: ImageOptions): Promise<void> {
    const key = `${name} ${platform ?? ''}`;
    for (let running = this.#pulls.get(key); running; running = this.#pulls.get(key)) {
      try {
        return await running.pull;
      } catch (error) {
        // Whoever began it wants it no more. We do.
        if (!running.signal.aborted || options.signal.aborted) throw error;
      }
    }
    const pull = this.#pull(spec, name, platform, options).finally(() => {
      this.#pulls.delete(key);
      // One that began before it was here knows nothing of it.
      this.#looks.delete(name);
    });
    this.#pulls.set(key, { pull, signal: options.signal });
    return pull;
  }

  async #pull(
    { name: service }: ServiceSpec,
    image: string,
    platform: string | undefined,
    { cause, signal }: ImageOptions,
  ): Promise<void> {
    const { engine, emit, environment } = this.#parts;
    const began = performance.now();
    const sums = new PullSums();
    emit({ type: 'image.pulling', service, image, progress: sums.sums, cause });
    const authconfig = await credentialsFor(registryOf(image), environment());
    const stream = (await engine.docker.pull(withTag(image), {
      ...(platform !== undefined && { platform }),
      ...(authconfig && { authconfig }),
      abortSignal: signal,
    })) as Readable;
    // By the clock, not by the lines: the last ones before a pause count too.
    let fresh = false;
    const telling = setInterval(() => {
      if (fresh) emit({ type: 'image.pulling', service, image, progress: sums.sums, cause });
      fresh = false;
    }, TELL_EVERY_MS);
    try {
      await readJsonLines<PullLine>(stream, (line) => {
        if (line.error !== undefined) throw new Error(line.errorDetail?.message ?? line.error);
        sums.add(line);
        fresh = true;
      });
    } finally {
      clearInterval(telling);
    }
    emit({ type: 'image.pulled', service, image, tookMs: Math.round(performance.now() - began), cause });
  }

  async #built(
    spec: ServiceSpec,
    run: ContainerRun,
    image: Extract<ImageSpec, { kind: 'build' }>,
    { log, cause, signal }: ImageOptions,
  ): Promise<PreparedImage> {
    const { engine, owner, emit, environment } = this.#parts;
    const name = image.tag ?? builtImageName(owner, spec.name);
    const began = performance.now();
    const service = spec.name;
    emit({ type: 'image.building', service, image: name, context: image.context, cause });
    const id = await buildImage(engine, { spec, run, image, name, owner, log, signal, environment: environment() });
    emit({ type: 'image.built', service, image: name, tookMs: Math.round(performance.now() - began), cause });
    const built = await this.#inspect(id, undefined);
    if (built) return { ...built, name };
    throw new MsvcError('MSVC_BUILD_FAILED', `the image of ${service} was built and is not there`, {
      facts: { service, image: name, tail: [] },
    });
  }

  /** Null: it is not here, or not for the platform that is wanted. */
  async #inspect(name: string, platform: string | undefined): Promise<PreparedImage | null> {
    try {
      const found = await this.#look(name);
      const [os, architecture] = platform?.split('/') ?? [found.Os, found.Architecture];
      return os === found.Os && architecture === found.Architecture ? preparedImage(name, found) : null;
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw error;
    }
  }
}

/** An engine that gets no tag fetches all of them. */
export function withTag(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.includes(':') || last.includes('@') ? image : `${image}:latest`;
}

export function preparedImage(name: string, found: Docker.ImageInspectInfo): PreparedImage {
  const config = found.Config as Docker.ImageInspectInfo['Config'] & {
    readonly Healthcheck?: Docker.HealthConfig & { readonly StartInterval?: number };
    readonly StopSignal?: string;
  };
  const ports = Object.keys(config.ExposedPorts ?? {})
    .filter((key) => !key.endsWith('/udp'))
    .map((key) => Number.parseInt(key, 10));
  return {
    id: found.Id,
    name,
    port: ports.length > 0 ? Math.min(...ports) : null,
    healthcheck: healthcheckOf(config.Healthcheck),
    stopSignal: signalName(config.StopSignal),
    user: config.User ?? '',
    volumes: Object.keys((config.Volumes ?? {}) as Record<string, unknown>),
  };
}

/** Times are in nanoseconds; 0 is not given. */
function healthcheckOf(
  check: (Docker.HealthConfig & { readonly StartInterval?: number }) | undefined,
): ImageHealthcheck | null {
  const [kind, ...words] = check?.Test ?? [];
  if (!check || kind === undefined || kind === 'NONE' || words.length === 0) return null;
  const times = {
    intervalMs: check.Interval,
    timeoutMs: check.Timeout,
    startPeriodMs: check.StartPeriod,
    startIntervalMs: check.StartInterval,
  };
  const given = Object.entries(times).flatMap(([key, ns]) => (ns ? [[key, Math.max(1, ns / NS_PER_MS)] as const] : []));
  return {
    command: kind === 'CMD-SHELL' ? { kind: 'shell', line: words.join(' ') } : { kind: 'exec', argv: words },
    times: { ...Object.fromEntries(given), ...(check.Retries ? { retries: check.Retries } : {}) },
  };
}

/** A number is allowed in an image: SIGTERM where it is 15. */
function signalName(signal: string | undefined): string | null {
  if (!signal) return null;
  return /^\d+$/.test(signal) ? signal : signal.toUpperCase().replace(/^(SIG)?/, 'SIG');
}
