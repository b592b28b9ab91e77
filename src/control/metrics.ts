/**
 * The counters of gateway and engine as Prometheus text (exposition format 0.0.4): what `msvc metrics` prints and what the
 * registry's port serves. Durations have the name of OpenTelemetry's semantic conventions
 * (`http.server.request.duration`), in seconds; what has no such name begins with `msvc_`. Pure.
 *
 * Labels: `caller` (a service, or `client` for the public port), `callee`, `service`, `instance`, `flag` (see
 * `model/flags.ts`), `code` (`2xx`), `phase`, `fault`.
 */
import { upperBoundMs } from '../gateway/counters/histogram.ts';
import type { EdgeStats, GatewayStats } from '../gateway/protocol.ts';
import { PHASES } from '../model/instance.ts';
import type { View } from '../model/view.ts';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** Powers of two in microseconds, at which the fine buckets end: 256 us to 67 s. */
const BOUNDS_US = Array.from({ length: 19 }, (_, i) => 2 ** (i + 8));

export function metricsText(stats: GatewayStats, view: View): string {
  return [...edgeFamilies(stats.edges), ...instanceFamilies(stats, view), ...systemFamilies(stats, view)].join('');
}

function edgeFamilies(edges: readonly EdgeStats[]): string[] {
  const each = (value: (edge: EdgeStats) => number): Sample[] =>
    edges.map((edge) => [{ caller: edge.caller, callee: edge.callee }, value(edge)]);
  const breakers = edges.filter((edge) => edge.breaker !== null);
  const ofBreakers = (value: (breaker: NonNullable<EdgeStats['breaker']>) => number): Sample[] =>
    breakers.map((edge) => [{ caller: edge.caller, callee: edge.callee }, value(edge.breaker!)]);
  return [
    durations(edges),
    family(
      'http_server_active_requests',
      'gauge',
      'Requests under way.',
      each((edge) => edge.inFlight),
    ),
    family(
      'msvc_edge_requests_total',
      'counter',
      'Requests that came.',
      each((edge) => edge.requests),
    ),
    family(
      'msvc_edge_responses_total',
      'counter',
      'Answers, by class of status; those of the gateway itself too.',
      edges.flatMap(({ caller, callee, status }) =>
        Object.entries(status).map(([code, count]) => [{ caller, callee, code }, count] as const),
      ),
    ),
    family(
      'msvc_edge_failed_total',
      'counter',
      'Requests without an answer of the callee.',
      each((edge) => edge.failed),
    ),
    family(
      'msvc_edge_flags_total',
      'counter',
      'Requests that did not simply go well, by flag.',
      edges.flatMap(({ caller, callee, reasons }) =>
        Object.entries(reasons).map(([flag, count]) => [{ caller, callee, flag }, count] as const),
      ),
    ),
    family(
      'msvc_edge_retries_total',
      'counter',
      'Repetitions.',
      each((edge) => edge.retries),
    ),
    family(
      'msvc_edge_faulted_total',
      'counter',
      'Requests that a fault met.',
      each((edge) => edge.faulted),
    ),
    family(
      'msvc_edge_parked_requests',
      'gauge',
      'Requests that wait for an instance.',
      each((edge) => edge.parked),
    ),
    family(
      'msvc_breaker_state',
      'gauge',
      '0 closed, 1 half-open, 2 open.',
      ofBreakers(({ state }) => ['closed', 'half-open', 'open'].indexOf(state)),
    ),
    family(
      'msvc_breaker_opened_total',
      'counter',
      'How often a circuit opened.',
      ofBreakers((b) => b.opened),
    ),
    family(
      'msvc_breaker_rejected_total',
      'counter',
      'Requests that it turned away.',
      ofBreakers((b) => b.rejected),
    ),
  ];
}

function durations(edges: readonly EdgeStats[]): string {
  const name = 'http_server_request_duration_seconds';
  let text = head(name, 'histogram', "From a request's head to its answer's last byte.");
  for (const { caller, callee, latency } of edges) {
    const labels = { caller, callee };
    let seen = 0;
    let i = 0;
    for (const bound of BOUNDS_US) {
      for (; i < latency.counts.length && upperBoundMs(i) * 1000 <= bound + 0.5; i++) seen += latency.counts[i]!;
      text += line(`${name}_bucket`, { ...labels, le: String(bound / 1e6) }, seen);
    }
    const all = latency.counts.reduce((sum, count) => sum + count, 0);
    text += line(`${name}_bucket`, { ...labels, le: '+Inf' }, all);
    text += line(`${name}_sum`, labels, latency.sumMs / 1000) + line(`${name}_count`, labels, all);
  }
  return text;
}

function instanceFamilies({ instances }: GatewayStats, view: View): string[] {
  const serviceOf = new Map(
    Object.values(view.services).flatMap((service) => Object.keys(service.instances).map((id) => [id, service.name])),
  );
  const each = (value: (one: GatewayStats['instances'][number]) => number): Sample[] =>
    instances.map((one) => [
      { service: serviceOf.get(one.instance) ?? one.instance.replace(/\.\d+@\d+$/, ''), instance: one.instance },
      value(one),
    ]);
  return [
    family(
      'msvc_upstream_requests_total',
      'counter',
      'Attempts sent to an instance.',
      each((one) => one.requests),
    ),
    family(
      'msvc_upstream_active_requests',
      'gauge',
      'Of those, under way.',
      each((one) => one.inFlight),
    ),
    family(
      'msvc_upstream_ejected',
      'gauge',
      '1: passed over for its failures.',
      each((one) => (one.ejected ? 1 : 0)),
    ),
    family(
      'msvc_upstream_latency_seconds',
      'gauge',
      "Moving average of the time to an answer's head; 0 = not known.",
      each((one) => one.latencyMs / 1000),
    ),
  ];
}

function systemFamilies({ connections }: GatewayStats, view: View): string[] {
  const services = Object.values(view.services);
  const phases = services.flatMap((service) =>
    PHASES.map(
      (phase): Sample => [
        { service: service.name, phase },
        Object.values(service.instances).filter((instance) => instance.phase === phase).length,
      ],
    ),
  );
  return [
    family('msvc_gateway_connections', 'gauge', 'Open connections of clients and callers.', [[{}, connections]]),
    family('msvc_instances', 'gauge', 'Instances, by phase.', phases),
    family(
      'msvc_service_restarts_total',
      'counter',
      'Launches after an unexpected end.',
      services.map((service) => [{ service: service.name }, service.restarts]),
    ),
    family(
      'msvc_fault_active',
      'gauge',
      '1: the fault is in force.',
      view.faults.map(({ id, caller, callee }) => [{ fault: id, caller, callee }, 1]),
    ),
  ];
}

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  return samples.length === 0 ? '' : head(name, type, help) + samples.map(([l, v]) => line(name, l, v)).join('');
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
}
