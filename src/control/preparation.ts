/**
 * What must be there before a version of a service starts, in this order: its image, its database with every
 * migration, and what those of its `pre_start` commands make that do not run before each replica.
 */
import path from 'node:path';
import { prepareDatabase } from '../data/index.ts';
import type { NewEvent } from '../model/event.ts';
import type { ServiceSpec } from '../model/project.ts';
import type { Driver, LaunchRequest } from '../runtime/drivers/driver.ts';
import type { Ending } from '../runtime/ending.ts';
import { hasHooks, runHooks } from '../runtime/hooks.ts';
import type { Occupant } from '../runtime/launch-request.ts';
import type { InstanceLog } from '../runtime/logs/instance-log.ts';
import type { Prepared } from '../runtime/service-parts.ts';
import type { ContainerHost } from './containers.ts';

export interface PreparationParts {
  readonly emit: (event: NewEvent) => number;
  readonly containers: ContainerHost;
  readonly driverOf: (spec: ServiceSpec) => Driver;
  readonly openLog: (spec: ServiceSpec) => InstanceLog;
  readonly launchRequest: (spec: ServiceSpec, at: Occupant, log: InstanceLog) => LaunchRequest;
}

export class Preparation {
  readonly #parts: PreparationParts;

  constructor(parts: PreparationParts) {
    this.#parts = parts;
  }

  /**
   * At once where nothing is to be prepared.
   * @throws MsvcError MSVC_IMAGE_FAILED, MSVC_BUILD_FAILED, MSVC_MIGRATION_FAILED, ..., MSVC_HOOK_FAILED
   */
  begin(spec: ServiceSpec, cause: number | undefined, ending: Ending): Promise<Prepared> | Prepared {
    const isNeeded =
      spec.run.kind === 'container' || spec.database !== undefined || hasHooks(spec, { perReplica: false });
    return isNeeded ? this.#run(spec, cause, ending) : { image: null };
  }

  async #run(spec: ServiceSpec, cause: number | undefined, ending: Ending): Promise<Prepared> {
    const { openLog, launchRequest, driverOf, emit } = this.#parts;
    const { image } = await this.withoutHooks(spec, cause, ending.signal);
    if (!hasHooks(spec, { perReplica: false }) || ending.begun) return { image };
    const log = openLog(spec);
    try {
      const at = { instance: `${spec.name}.hook` as Occupant['instance'], replica: 1, port: null, image };
      const base = launchRequest(spec, at, log);
      await runHooks(spec, { perReplica: false }, base, { driver: driverOf(spec), emit }, cause, ending);
    } finally {
      await log.close();
    }
    return { image };
  }

  /** What a command beside the service needs of it: its image and its database. @throws MsvcError as `begin` */
  async withoutHooks(spec: ServiceSpec, cause: number | undefined, signal: AbortSignal): Promise<Prepared> {
    const { containers, openLog } = this.#parts;
    const image = await containers.prepare(spec, () => openLog(spec), { cause, signal });
    if (spec.database) await this.database(spec, cause, signal);
    return { image };
  }

  database(
    spec: ServiceSpec,
    cause: number | undefined,
    signal?: AbortSignal,
  ): Promise<{ readonly applied: readonly string[] }> {
    return prepareDatabase({
      service: spec.name,
      spec: spec.database!,
      workerFile: new URL('../data/worker.cjs', import.meta.url),
      places: spec.places,
      ...(signal && { signal }),
      onApplied: ({ kind, file, tookMs }) => {
        this.#parts.emit({ type: `${kind}.applied`, service: spec.name, file: path.basename(file), tookMs, cause });
      },
    });
  }
}
