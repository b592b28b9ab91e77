/**
 * A shop of four services under load, one of whose replicas was killed and came back, as events, samples and log
 * lines at fixed times: what the frames in test/golden/dashboard show.
 */

import { paneLook } from '../../../../src/cli/dashboard/log-look.ts';
import { LogPane } from '../../../../src/cli/dashboard/logs/log-pane.ts';
import { LogStore } from '../../../../src/cli/dashboard/logs/log-store.ts';
import { initialState, type Message, type State } from '../../../../src/cli/dashboard/model/state.ts';
import { update } from '../../../../src/cli/dashboard/model/update.ts';
import type { Look } from '../../../../src/cli/dashboard/views/look.ts';
import { labelsOf } from '../../../../src/cli/report/lines.ts';
import { Style } from '../../../../src/cli/style.ts';
import type { EdgeSample, Sample } from '../../../../src/control/samples.ts';
import type { MsvcEvent, NewEvent } from '../../../../src/model/event.ts';
import { instanceId, serviceName } from '../../../../src/model/names.ts';
import { EMPTY_VIEW, reduce, type View } from '../../../../src/model/view.ts';
import { timeStamp } from '../../../../src/runtime/logs/line-format.ts';

export const START = Date.UTC(2026, 6, 25, 14, 3, 0);

const SERVICES = [
  { name: 'storefront', replicas: 1, calls: [], route: '/' },
  { name: 'catalog', replicas: 2, calls: [], route: '/api/catalog' },
  { name: 'orders', replicas: 1, calls: ['catalog', 'payments'], route: '/api/orders' },
  { name: 'payments', replicas: 1, calls: [], route: null },
];

export class Story {
  seq = 0;
  view: View = EMPTY_VIEW;
  state: State;
  now = START;
  #lost = 0;
  readonly #totals = new Map<string, { requests: number; failed: number; retries: number }>();

  constructor(size = { columns: 80, rows: 24 }, isOwner = true) {
    this.state = initialState({ view: EMPTY_VIEW, project: null, size, now: START, isOwner });
  }

  send(message: Message): readonly unknown[] {
    const { state, effects } = update(this.state, message, this.now);
    this.state = state;
    return effects;
  }

  press(...keys: readonly string[]): readonly unknown[] {
    return keys.flatMap((key) => this.send({ type: 'input', input: { type: 'key', key } }));
  }

  tell(afterMs: number, event: NewEvent): number {
    this.now += afterMs;
    const { cause, ...facts } = event;
    const numbered = { seq: ++this.seq, at: this.now, ...facts, ...(cause !== undefined && { cause }) } as MsvcEvent;
    this.view = reduce(this.view, numbered);
    this.send({ type: 'event', event: numbered, view: this.view });
    return this.seq;
  }

  sample(requests: number, failed = 0): void {
    this.now += 1000;
    const edge = (caller: string, callee: string, share: number): EdgeSample => ({
      caller,
      callee,
      requestsPerSecond: requests * share,
      failedPerSecond: callee === 'payments' ? failed : 0,
      inFlight: 1,
      parked: 0,
      p50Ms: 3 * share + 1,
      p95Ms: 9 * share + 2,
      total: this.#count(`${caller}>${callee}`, Math.round(requests * share), callee === 'payments' ? failed : 0),
    });
    const sample: Sample = {
      at: this.now,
      intervalMs: 1000,
      connections: 8,
      instances: Object.values(this.view.services).flatMap((service) =>
        Object.values(service.instances).map((instance) => ({
          service: service.name,
          instance: instance.id,
          cpu: instance.pid === null ? null : 0.02,
          memoryBytes: instance.pid === null ? null : 55 * 1024 * 1024,
        })),
      ),
      edges: [
        edge('client', 'storefront', 0.3),
        edge('client', 'catalog', 1),
        edge('client', 'orders', 0.2),
        edge('orders', 'catalog', 0.2),
        edge('orders', 'payments', 0.2),
      ],
    };
    this.send({ type: 'sample', sample });
  }

  #count(edge: string, requests: number, failed: number): { requests: number; failed: number; retries: number } {
    const before = this.#totals.get(edge) ?? { requests: 0, failed: 0, retries: 0 };
    // Two of the next second's requests met a replica that was gone, and were tried again.
    const retries = before.retries + (edge === 'client>catalog' ? this.#lost : 0);
    if (edge === 'client>catalog') this.#lost = 0;
    const total = { requests: before.requests + requests, failed: before.failed + failed, retries };
    this.#totals.set(edge, total);
    return total;
  }

  /** Started; nothing is ready yet. */
  begin(): this {
    this.tell(0, { type: 'engine.started', pid: 4000, version: '1.0.0', run: 'r', swept: [] });
    this.tell(5, { type: 'gateway.listening', host: '127.0.0.1', port: 8080, url: 'http://localhost:8080' });
    const cause = this.tell(1, { type: 'command.received', command: 'up', services: [], facts: {} });
    for (const { name, replicas, calls, route } of SERVICES) this.define(name, replicas, calls, route);
    this.tell(1, { type: 'project.applied', name: 'shop', dir: '/home/ada/shop', steps: [], cause });
    return this;
  }

  define(name: string, replicas: number, calls: readonly string[], route: string | null): void {
    const service = serviceName(name);
    this.tell(0, {
      type: 'service.defined',
      service,
      kind: 'process',
      wanted: replicas,
      port: 'auto',
      calls: calls.map(serviceName),
      dependsOn: calls.map(serviceName),
      routes:
        route === null
          ? []
          : [
              {
                service,
                hostnames: [],
                matches: [{ path: { type: 'PathPrefix', value: route } }],
                filters: [],
                timeouts: {},
                place: { file: '/home/ada/shop/msvc.yaml', line: 1, column: 1 },
              },
            ],
      database: name === 'storefront' ? null : `/home/ada/shop/.msvc/data/${name}/${name}.db`,
      probe: 'http',
      oneShot: false,
      balancer: 'two-choices',
    } as NewEvent);
    this.tell(0, { type: 'service.started', service });
    if (calls.length > 0) {
      const on = calls.map((callee) => ({ service: serviceName(callee), condition: 'service_healthy' as const }));
      this.tell(0, { type: 'service.waiting', service, on });
    }
  }

  ready(name: string, replica = 1, tookMs = 90): void {
    const service = serviceName(name);
    const at = { service, instance: instanceId(service, replica, 1), replica };
    this.tell(10, { type: 'instance.created', ...at, generation: 1, port: 20_000 + 10 * name.length + replica });
    this.tell(1, { type: 'instance.launched', ...at, pid: 5000 + 10 * name.length + replica, launch: 1 });
    this.tell(tookMs, { type: 'instance.ready', ...at, tookMs });
  }

  allReady(): this {
    this.ready('storefront');
    this.ready('catalog', 1);
    this.ready('catalog', 2);
    this.ready('payments');
    this.ready('orders');
    return this;
  }

  killed(name: string, replica: number): this {
    const service = serviceName(name);
    const at = { service, instance: instanceId(service, replica, 1), replica };
    const facts = { signal: 'SIGKILL' };
    const asked = this.tell(300, { type: 'command.received', command: 'kill', services: [service], facts });
    const exit = { code: null, signal: 'SIGKILL' };
    const end = { exit, expected: false, tail: ['serving'] };
    const cause = this.tell(3, { type: 'instance.exited', ...at, ...end, cause: asked });
    this.#lost = 2;
    this.tell(1, { type: 'instance.backing-off', ...at, delayMs: 200, attempt: 1, crashLoop: false, cause });
    return this;
  }

  /** By a signal that no command of msvc's has sent. */
  ended(name: string, replica: number, signal: string, cause?: number): this {
    const service = serviceName(name);
    const at = { service, instance: instanceId(service, replica, 1), replica };
    const end = { exit: { code: null, signal }, expected: false, tail: [] };
    const seq = this.tell(300, { type: 'instance.exited', ...at, ...end, ...(cause !== undefined && { cause }) });
    const again = { delayMs: 200, attempt: 1, crashLoop: false, cause: seq };
    this.tell(1, { type: 'instance.backing-off', ...at, ...again });
    return this;
  }

  /** A file was saved; what came of it does not come up, and the version before serves on. */
  brokenSave(name: string): this {
    const service = serviceName(name);
    const at = { service, instance: instanceId(service, 1, 2), replica: 1 };
    const file = `/home/ada/shop/${name}/server.py`;
    const tail = ['  File "server.py", line 142', '    syntax error here(', "SyntaxError: '(' was never closed"];
    const exit = { code: 1, signal: null };
    const facts = { replica: 1, ...exit, tail };
    const error = { code: 'MSVC_SERVICE_FAILED', message: `${at.instance} did not become ready`, facts } as const;
    const saved = this.tell(700, { type: 'watch.changed', service, files: [file], count: 1 });
    const rollout = { service, generation: 2 };
    this.tell(0, { type: 'rollout.started', ...rollout, reason: 'watch', files: [file], cause: saved });
    this.tell(13, { type: 'instance.created', ...at, generation: 2, port: 20_099, cause: saved });
    const launched = this.tell(2, { type: 'instance.launched', ...at, pid: 7001, launch: 1, cause: saved });
    const exited = this.tell(530, { type: 'instance.exited', ...at, exit, expected: false, tail, cause: launched });
    const again = { delayMs: 168, attempt: 1, crashLoop: false };
    const off = this.tell(1, { type: 'instance.backing-off', ...at, ...again, cause: exited });
    this.tell(0, { type: 'instance.stopped', ...at, reason: 'replaced', cause: saved });
    this.tell(0, { type: 'instance.removed', ...at });
    this.tell(4, { type: 'rollout.failed', ...rollout, error, serving: true, cause: off });
    return this;
  }

  back(name: string, replica: number): this {
    const service = serviceName(name);
    const at = { service, instance: instanceId(service, replica, 1), replica };
    this.tell(200, { type: 'instance.launched', ...at, pid: 6000 + replica, launch: 2 });
    this.tell(110, { type: 'instance.ready', ...at, tookMs: 110 });
    return this;
  }
}

export function lookOf(colour = false): Look {
  return { style: new Style(colour), labels: labelsOf(SERVICES.map(({ name, replicas }) => ({ name, replicas }))) };
}

export function logOf(lines: readonly (readonly [slot: string, text: string, stream?: 'o' | 'e'])[]): LogStore {
  const store = new LogStore();
  for (const [i, [slot, text, stream = 'o']] of lines.entries()) {
    const [service = '', replica = '1'] = slot.split('.');
    const bytes = Buffer.from(`${timeStamp(START + i * 1000)} ${stream} ${text}\n`, 'utf8').toString('latin1');
    store.append({ service, replica: Number(replica) }, bytes);
  }
  return store;
}

export function paneOf(store: LogStore, look = lookOf(), change: Partial<LogPane['look']> = {}): LogPane {
  return new LogPane(store, { ...paneLook(look, null, look.labels.width), ...change });
}

/** What services of several languages write. */
export const LINES: readonly (readonly [string, string, ('o' | 'e')?])[] = [
  ['storefront.1', 'listening on 127.0.0.1:20101'],
  [
    'catalog.1',
    '{"level":30,"time":1753452180000,"pid":1,"hostname":"a","msg":"GET /api/catalog 200","ms":3,"requestId":"5bd9"}',
  ],
  ['catalog.2', '{"level":"warn","ts":1753452181,"msg":"stock is low","product":"teapot","left":2}'],
  ['orders.1', 'time=2026-07-25T14:03:02Z level=INFO msg="order placed" order=41 customer=Ada'],
  ['payments.1', '2026-07-25 14:03:03 ERROR card was refused', 'e'],
  ['payments.1', 'Traceback (most recent call last):', 'e'],
  ['payments.1', '  File "server.py", line 41, in charge', 'e'],
  ['payments.1', 'ValueError: card 4000 is expired', 'e'],
  ['storefront.1', '\u001b[32mGET\u001b[0m / 200 in 2 ms'],
  ['catalog.1', 'größe 日本語 👩‍👩‍👧 \u001b[2J\u001b[5;5Hnot moved'],
];
