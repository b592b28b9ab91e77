import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { EventLog } from '../../../src/control/event-log.ts';
import { Secrets } from '../../../src/control/secrets.ts';
import type { MsvcEvent, NewEvent } from '../../../src/model/event.ts';
import { instanceId, type ServiceName, serviceName } from '../../../src/model/names.ts';
import { EMPTY_VIEW, reduce, serviceState } from '../../../src/model/view.ts';

const service = serviceName('web');
const at = (generation: number) => ({ service, instance: instanceId(service, 1, generation), replica: 1 });

/** A life with a crash and a reload that fails, as the engine tells it. */
const STORY: NewEvent[] = [
  { type: 'engine.started', pid: 1, version: '0', run: 'r', swept: [] },
  {
    type: 'service.defined',
    service,
    kind: 'process',
    wanted: 1,
    port: 'auto',
    calls: [],
    dependsOn: [],
    routes: [],
    database: null,
    probe: 'tcp',
    oneShot: false,
    balancer: 'two-choices',
  },
  { type: 'service.started', service },
  { type: 'instance.created', ...at(1), generation: 1, port: 4001 },
  { type: 'instance.launched', ...at(1), pid: 7, launch: 1 },
  { type: 'instance.ready', ...at(1), tookMs: 5 },
  { type: 'instance.exited', ...at(1), exit: { code: 1, signal: null }, expected: false, tail: ['the hunter2 is out'] },
  { type: 'instance.backing-off', ...at(1), delayMs: 200, attempt: 1, crashLoop: false },
  { type: 'instance.launched', ...at(1), pid: 8, launch: 2 },
  { type: 'instance.ready', ...at(1), tookMs: 5 },
  { type: 'rollout.started', service, generation: 2, reason: 'watch', files: ['a.js'] },
  { type: 'instance.created', ...at(2), generation: 2, port: 4002 },
  { type: 'instance.launched', ...at(2), pid: 9, launch: 1 },
  { type: 'instance.removed', ...at(2) },
  {
    type: 'rollout.failed',
    service,
    generation: 2,
    error: { code: 'MSVC_SERVICE_FAILED', message: '', facts: {} },
    serving: true,
  },
];

describe('the event log', () => {
  test('its view is the fold of its events, from wherever one begins', () => {
    const log = new EventLog();
    log.maskWith(masking('a.js'));
    const heard: MsvcEvent[] = [];
    log.subscribe((event, json) => {
      heard.push(event);
      expect(JSON.parse(json)).toEqual(event);
    });
    for (const [index, event] of STORY.entries()) {
      const before = log.view;
      log.emit(event);
      expect(reduce(before, heard.at(-1) as MsvcEvent)).toEqual(log.view);
      expect(log.since(0).reduce(reduce, EMPTY_VIEW)).toEqual(log.view);
      expect(log.since(index)).toEqual(heard.slice(index));
    }
    const view = log.view.services.web;
    expect(view && serviceState(view)).toBe('failing');
    expect(view?.restarts).toBe(1);
  });

  test('an edge that listens anew is there once, with its port of now', () => {
    const log = new EventLog();
    const edge = (callee: string, port: number): NewEvent => ({
      type: 'edge.listening',
      caller: service,
      callee: callee as ServiceName,
      port,
    });
    for (const one of [edge('a', 1), edge('b', 2), edge('a', 3)]) log.emit(one);
    expect(log.view.edges).toEqual([
      { caller: service, callee: 'b', port: 2 },
      { caller: service, callee: 'a', port: 3 },
    ]);
    log.emit({ type: 'edge.closed', caller: service, callee: 'b' as ServiceName });
    expect(log.view.edges).toEqual([{ caller: service, callee: 'a', port: 3 }]);
  });

  test('numbers without a gap, and causes that name them', () => {
    const log = new EventLog();
    const cause = log.emit(STORY[0] as NewEvent);
    const seq = log.emit({ type: 'service.started', service, cause });
    expect(log.since(0).map((event) => event.seq)).toEqual([1, 2]);
    expect(log.since(0).find((event) => event.seq === seq)?.cause).toBe(cause);
  });

  test('a reader who asks for what is kept no longer is told how much it missed', () => {
    const log = new EventLog();
    for (let n = 0; n < 30_000; n++) log.emit({ type: 'lease.taken', owners: n });
    const [gap, first] = log.since(0);
    expect(gap).toMatchObject({ type: 'stream.gap' });
    expect((gap as { missed: number }).missed).toBe((first as MsvcEvent).seq - 1);
    expect(log.since(log.seq - 2).map((event) => event.seq)).toEqual([log.seq - 1, log.seq]);
  });

  test('no secret is recorded', () => {
    const log = new EventLog();
    log.maskWith(masking('hunter2'));
    for (const event of STORY) log.emit(event);
    expect(JSON.stringify([log.view, log.since(0)])).not.toContain('hunter2');
    expect(JSON.stringify(log.since(0))).toContain('the *** is out');
  });

  test.each(['web', 'seq', 'ready', '18180', '1', '"', ':"', '{', '\\', 'line\nfeed'])(
    'a secret that is %j takes nothing from an event but its texts',
    (value) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'msvc-secrets-'));
      const secrets = new Secrets(folder);
      try {
        secrets.provide({ pin: { name: 'pin', source: 'environment', value } });
        const log = new EventLog();
        log.maskWith(secrets);
        const plain = new EventLog();
        const story: NewEvent[] = [
          { type: 'command.received', command: 'up', services: [service], facts: {} },
          ...STORY,
          { type: 'gateway.listening', host: '127.0.0.1', port: 18180, url: 'http://localhost:18180' },
        ];
        for (const event of story) {
          log.emit(event);
          plain.emit(event);
        }
        const times = (key: string, inner: unknown) => (/^at$|At$/.test(key) && typeof inner === 'number' ? 0 : inner);
        const view = JSON.stringify(log.view, times);
        expect(view).toBe(JSON.stringify(plain.view, times));

        const exit = { code: 1, signal: null };
        log.emit({ type: 'instance.exited', ...at(1), exit, expected: false, tail: [value, `pin=${value}`] });
        // One too short is not looked for inside a text.
        const tail = ['***', value.length < 3 ? `pin=${value}` : 'pin=***'];
        expect(log.since(log.seq - 1)).toMatchObject([{ service, instance: 'web.1@1', replica: 1, tail }]);
      } finally {
        secrets.clear();
        rmSync(folder, { recursive: true });
      }
    },
  );
});

function masking(value: string) {
  return { finds: (json: string) => json.includes(value), mask: (text: string) => text.replaceAll(value, '***') };
}
