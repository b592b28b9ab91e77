/**
 * What follows from the definition as a whole: which services need a port, and the probe where none is written.
 * A service that nothing needs a port of (no route, not called, no port, no protocol, no probe, PORT not used) is a worker.
 */
import type { PortSpec, ProbeSpec, ServiceSpec } from '../../model/project.ts';
import type { ServiceDraft } from './service.ts';
import { usesPort } from './uses.ts';

export function deduceService(draft: ServiceDraft, called: ReadonlySet<string>): ServiceSpec {
  const { entry: _entry, port: written, healthcheck, ...rest } = draft;
  const port: PortSpec = written ?? (needsPort(draft, called) ? { kind: 'auto' } : { kind: 'none' });
  const { written: times, probe: given, ...schedule } = healthcheck;
  const probe = given ?? defaultProbe(draft, port, times);
  return { ...rest, port, healthcheck: { ...schedule, probe } };
}

/** The port's accepting; of a container the check that its image brings goes first. */
function defaultProbe({ run }: ServiceDraft, port: PortSpec, written: readonly string[]): ProbeSpec {
  if (run.kind === 'container') return { kind: 'image', written };
  return port.kind === 'none' ? { kind: 'none' } : { kind: 'tcp' };
}

function needsPort(draft: ServiceDraft, called: ReadonlySet<string>): boolean {
  if (draft.protocol !== undefined || draft.publicPort !== undefined) return true;
  if (draft.routes.length > 0 || called.has(draft.name) || usesPort(draft)) return true;
  const kind = draft.healthcheck.probe?.kind ?? 'none';
  // A job is expected to end; that a command or its output tells how it fares makes no server of it.
  if (draft.restart.policy === 'no' && (kind === 'exec' || kind === 'log')) return false;
  return kind !== 'none';
}
