/** Holds a service's start back until what it depends on is as far as it wants it. Owns no state. */
import type { Dependency, ServiceSpec } from '../model/project.ts';
import type { DependencyStatus, ServiceParts } from './service-parts.ts';
import type { Failure } from './service-status.ts';

export interface GateOptions {
  readonly cause: number | undefined;
  readonly signal: AbortSignal;
  readonly anyChange: () => Promise<void>;
  /** Told once when a required dependency has failed. The wait goes on: it may be mended and started again. */
  readonly onBlocked: (failure: Failure) => void;
}

/** @returns false when `signal` ended the wait */
export async function waitForDependencies(
  spec: ServiceSpec,
  { emit, statusOf }: Pick<ServiceParts, 'emit' | 'statusOf'>,
  { cause, signal, anyChange, onBlocked }: GateOptions,
): Promise<boolean> {
  let told = '';
  for (;;) {
    const pending = spec.dependsOn.filter((dependency) => !isMet(dependency, statusOf(dependency.service)));
    if (pending.length === 0) {
      if (told !== '') emit({ type: 'service.waiting', service: spec.name, on: [], cause });
      return true;
    }
    const failed = pending.find((dependency) => dependency.required && statusOf(dependency.service).failed);
    const text = JSON.stringify([pending.map((dependency) => dependency.service), failed?.service]);
    if (text !== told) {
      told = text;
      const on = pending.map(({ service, condition }) => ({ service, condition }));
      emit({ type: 'service.waiting', service: spec.name, on, cause });
      if (failed) {
        onBlocked({
          error: {
            code: 'MSVC_DEPENDENCY_FAILED',
            message: `${failed.service} failed`,
            facts: { service: spec.name, dependency: failed.service, condition: failed.condition },
          },
          cause: statusOf(failed.service).because ?? cause,
        });
      }
    }
    await anyChange();
    if (signal.aborted) return false;
  }
}

function isMet({ condition, required }: Dependency, status: DependencyStatus): boolean {
  if (!required && (!status.present || status.failed)) return true;
  switch (condition) {
    case 'service_started':
      return status.started;
    case 'service_healthy':
      return status.healthy || status.completed;
    case 'service_completed_successfully':
      return status.completed;
  }
}
