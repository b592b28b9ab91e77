/** process-compose.yaml: https://f1bonacc1.github.io/process-compose/ */
import type { Draft } from './draft.ts';
import { nameFrom } from './entries.ts';
import { type Handled, importStructured, LOST } from './structured.ts';

type Map = Readonly<Record<string, unknown>>;

const CONDITIONS: Readonly<Record<string, string>> = {
  process_started: 'service_started',
  process_healthy: 'service_healthy',
  process_completed: 'service_completed_successfully',
  process_completed_successfully: 'service_completed_successfully',
};
const RESTARTS: Readonly<Record<string, string>> = {
  always: 'always',
  on_failure: 'on-failure',
  no: 'no',
  exit_on_failure: 'no',
};

export function importProcessCompose(source: string): Draft {
  return importStructured(source, {
    processes: 'processes',
    idle: ['version', 'log_level', 'log_location', 'log_length', 'is_strict', 'is_tui_disabled'],
    handlers: {
      command: (command) => ({ command }),
      working_dir: (working_dir) => ({ working_dir }),
      environment: (environment) => ({ environment }),
      env_file: (env_file) => ({ env_file }),
      replicas: (replicas) => ({ replicas }),
      depends_on: dependsOn,
      availability,
      readiness_probe: (probe) => healthcheck(probe as Map),
      liveness_probe: () =>
        'msvc uses one probe for both: an unhealthy service is taken out of balancing and restarted',
      ready_log_line: (line) => ({ healthcheck: { log: String(line).replace(/[.*+?^${}()|[\]\\]/g, '\\$&') } }),
      shutdown,
      disabled: (disabled) => (disabled ? { profiles: ['disabled'] } : {}),
      description: () => 'say it in a comment',
      namespace: () => 'msvc starts some of the services by name, or by `profiles`',
      log_location: () => 'msvc keeps the output of every service: `msvc logs`',
      is_daemon: () => 'msvc wants the process itself: run the program in the foreground',
      is_tty: (tty) => (tty ? { tty: true, stdin_open: true } : {}),
    },
  });
}

function dependsOn(value: unknown): Handled {
  const edges = Object.entries((value ?? {}) as Record<string, Map | null>).map(([name, edge]) => {
    const condition = CONDITIONS[String(edge?.condition ?? 'process_started')];
    return [nameFrom(name, new Set()), condition === undefined ? undefined : { condition }] as const;
  });
  if (edges.some(([, edge]) => edge === undefined)) return 'msvc waits for started, healthy or completed';
  return { depends_on: Object.fromEntries(edges) };
}

function availability(value: unknown): Handled {
  const { restart = 'no', max_restarts, ...others } = (value ?? {}) as Record<string, unknown>;
  const policy = RESTARTS[String(restart)];
  if (policy === undefined || Object.keys(others).some((key) => key !== 'backoff_seconds')) {
    return 'only `restart` and `max_restarts` have a word in msvc';
  }
  return {
    restart: policy === 'on-failure' && Number(max_restarts) > 0 ? `on-failure:${max_restarts}` : policy,
    ...('backoff_seconds' in others && {
      [LOST]: 'msvc waits 200 ms before a restart, and longer each time; `backoff_seconds` has no word',
    }),
  };
}

function healthcheck(probe: Map): Handled {
  const http = probe.http_get as Map | undefined;
  const exec = probe.exec as Map | undefined;
  const seconds = (key: string): string | undefined =>
    probe[key] === undefined ? undefined : `${Number(probe[key])}s`;
  const times = {
    interval: seconds('period_seconds'),
    timeout: seconds('timeout_seconds'),
    retries: probe.failure_threshold,
  };
  const kept = Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined));
  const known = ['http_get', 'exec', 'period_seconds', 'timeout_seconds', 'failure_threshold', 'success_threshold'];
  const others = [
    ...Object.keys(probe).filter((key) => !known.includes(key)),
    ...Object.keys(http ?? {}).filter((key) => !['host', 'scheme', 'port', 'path'].includes(key)),
    ...Object.keys(exec ?? {}).filter((key) => key !== 'command'),
    ...(http?.scheme !== undefined && http.scheme !== 'http' ? ['scheme'] : []),
    ...(http?.host !== undefined && !/^(localhost|127\.0\.0\.1|0\.0\.0\.0)$/.test(String(http.host)) ? ['host'] : []),
  ];
  const lost =
    others.length === 0 ? {} : { [LOST]: `the probe has no word for ${others.map((key) => `\`${key}\``).join(', ')}` };
  if (http) {
    const port = Number(http.port);
    // Its port is the service's: msvc asks there, and gives it the number as PORT.
    return {
      ...(Number.isInteger(port) && port > 0 && { port }),
      healthcheck: { http: String(http.path ?? '/'), ...kept },
      ...lost,
    };
  }
  if (exec?.command !== undefined) return { healthcheck: { test: String(exec.command), ...kept }, ...lost };
  return 'a probe of msvc is `http`, `tcp`, `log` or `test`';
}

function shutdown(value: unknown): Handled {
  const { signal, timeout_seconds, ...others } = (value ?? {}) as Record<string, unknown>;
  if (Object.keys(others).length > 0)
    return 'msvc stops a service by a signal to its whole group: `stop_signal`, `stop_grace_period`';
  return {
    stop_signal: signal === undefined ? undefined : SIGNALS[Number(signal)],
    stop_grace_period: timeout_seconds === undefined ? undefined : `${Number(timeout_seconds)}s`,
  };
}

const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  12: 'SIGUSR2',
  15: 'SIGTERM',
};
