/** The health check that holds for one instance: as defined, or as the image it runs brings it. Pure. */
import type { Healthcheck, ProbeSpec } from '../../model/project.ts';
import type { ImageHealthcheck, LaunchRequest, Reach, Running } from '../drivers/driver.ts';
import { createProbe } from './index.ts';
import type { Probe } from './probe.ts';

const KEYS = {
  intervalMs: 'interval',
  timeoutMs: 'timeout',
  retries: 'retries',
  startPeriodMs: 'start_period',
  startIntervalMs: 'start_interval',
} as const;

/** Of an image's HEALTHCHECK the times count that msvc.yaml does not name. */
export function effectiveHealthcheck(
  defined: Healthcheck,
  image: ImageHealthcheck | null,
  port: number | null,
): Healthcheck {
  const { probe } = defined;
  if (probe.kind !== 'image') return defined;
  if (image === null) return { ...defined, probe: port === null ? { kind: 'none' } : { kind: 'tcp' } };
  const times = Object.entries(image.times).filter(
    ([key, value]) => value !== undefined && !probe.written.includes(KEYS[key as keyof typeof KEYS]),
  );
  return { ...defined, ...Object.fromEntries(times), probe: { kind: 'exec', command: image.command } };
}

/** What asks a running instance, from here or inside of it. */
export function probeOf(
  { probe }: Healthcheck,
  running: Running,
  { run, environment, log }: Pick<LaunchRequest, 'run' | 'environment' | 'log'>,
  port: number | null,
): Probe {
  const { reach } = running;
  return createProbe(reachable(probe, reach), {
    hosts: reach.hosts,
    port: port === null ? null : reach.portOf(port),
    environment,
    workingDir: run.workingDir ?? '/',
    execute: running.execute?.bind(running),
    watchLog: (onLine) => log.watch(onLine),
  });
}

/** A probe's own port, as it stands on this machine. */
function reachable(probe: ProbeSpec, reach: Reach): ProbeSpec {
  if ((probe.kind !== 'http' && probe.kind !== 'tcp') || probe.port === undefined) return probe;
  return { ...probe, port: reach.portOf(probe.port) };
}
