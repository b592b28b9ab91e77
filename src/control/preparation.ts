/**
 * What must be there before a version of a service starts, in this order: its image, its database with every
 * migration, and what its `pre_start` commands make.
 */
import path from 'node:path';
import { prepareDatabase } from '../data/index.ts';
import type { NewEvent } from '../model/event.ts';
import type { ServiceSpec } from '../model/project.ts';
import type { Driver, LaunchRequest } from '../runtime/drivers/driver.ts';
import { runHooks } from '../runtime/hooks.ts';
import type { Occupant } from '../runtime/launch-request.ts';
import type { InstanceLog } from '../runtime/logs/instance-log.ts';
import type { Prepared } from '../runtime/service-parts.ts';
import type { Stop } from '../runtime/until-aborted.ts';
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
  begin(spec: ServiceSpec, cause: number | undefined, stop: Stop): Promise<Prepared> | Prepared {
    const isNeeded = spec.run.kind === 'container' || spec.database !== undefined || spec.preStart.length > 0;
    return isNeeded ? this.#run(spec, cause, stop.signal) : { image: null };
  }

  async #run(spec: ServiceSpec, cause: number | undefined, signal: AbortSignal): Promise<Prepared> {
    const { openLog, launchRequest, driverOf, emit } = this.#parts;
    const { image } = await this.withoutHooks(spec, cause, signal);
    if (spec.preStart.length === 0 || signal.aborted) return { image };
    const log = openLog(spec);
    try {
      const at = { instance: `${spec.name}.hook` as Occupant['instance'], replica: 1, port: null, image };
      await runHooks(spec, launchRequest(spec, at, log), { driver: driverOf(spec), emit }, cause, signal);
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
