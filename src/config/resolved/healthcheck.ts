/** `healthcheck` written out. */
import type { Command, Healthcheck, ProbeSpec } from '../../model/project.ts';
import { printDuration } from '../units.ts';
import type { Printer } from './printer.ts';

export function printHealthcheck(
  healthcheck: Healthcheck,
  printer: Printer,
  printCommand: (command: Command) => string | string[],
): Record<string, unknown> {
  const { probe } = healthcheck;
  const schedule = {
    interval: printDuration(healthcheck.intervalMs),
    timeout: printDuration(healthcheck.timeoutMs),
    retries: healthcheck.retries,
    start_period: printDuration(healthcheck.startPeriodMs),
    start_interval: printDuration(healthcheck.startIntervalMs),
  };
  if (probe.kind !== 'image') return { ...printProbe(probe, printer, printCommand), ...schedule };
  // What is not written is the image's to say.
  return Object.fromEntries(Object.entries(schedule).filter(([key]) => probe.written.includes(key)));
}

function printProbe(
  probe: Exclude<ProbeSpec, { kind: 'image' }>,
  printer: Printer,
  printCommand: (command: Command) => string | string[],
): Record<string, unknown> {
  switch (probe.kind) {
    case 'none':
      return { disable: true };
    case 'tcp':
      return { tcp: probe.port ?? true };
    case 'http': {
      const { path, port, headers, status } = probe;
      const fields = Object.entries(headers).map(([name, value]) => [name, printer.text(value)]);
      return {
        http: {
          path: printer.text(path),
          ...(port !== undefined && { port }),
          ...(fields.length > 0 && { headers: Object.fromEntries(fields) }),
          status: status.from === status.to ? status.from : `${status.from}-${status.to}`,
        },
      };
    }
    case 'exec': {
      const printed = printCommand(probe.command);
      return { test: typeof printed === 'string' ? ['CMD-SHELL', printed] : ['CMD', ...printed] };
    }
    case 'log':
      return { log: printer.text(probe.pattern) };
  }
}
