/** Sentences: durations, ends, lists, plans, notices, events and what of them is news. */
import { describe, expect, test } from 'vitest';
import { eventSaying } from '../../../src/cli/wording/events.ts';
import { exitWords } from '../../../src/cli/wording/exits.ts';
import { count, list } from '../../../src/cli/wording/lists.ts';
import { newsOf } from '../../../src/cli/wording/news.ts';
import { noticeText } from '../../../src/cli/wording/notices.ts';
import { planLines } from '../../../src/cli/wording/plan.ts';
import { duration, iso } from '../../../src/cli/wording/time.ts';
import type { MsvcEvent, NewEvent } from '../../../src/model/event.ts';
import { serviceName } from '../../../src/model/names.ts';
import { AT, defined, numbered, of, running, viewOf } from './capture.ts';

test.each([
  [0, '0 ms'],
  [210.4, '210 ms'],
  [999.4, '999 ms'],
  [1000, '1 s'],
  [1449, '1.4 s'],
  [9949, '9.9 s'],
  [10_400, '10 s'],
  [59_700, '1 m'],
  [200_000, '3 m 20 s'],
  [7_500_000, '2 h 5 m'],
  [3_600_000, '1 h'],
  [273_600_000, '3 d 4 h'],
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('times for programs are ISO 8601 in UTC, nothing stays nothing', () => {
  expect(iso(AT)).toBe('2026-01-02T03:04:05.678Z');
  expect(iso(null)).toBeNull();
});

test('how a process ended', () => {
  expect(exitWords({ code: 1, signal: null })).toBe('exited 1');
  expect(exitWords({ code: 127, signal: null })).toBe('exited 127 (command not found)');
  expect(exitWords({ code: null, signal: 'SIGKILL' })).toBe('killed (SIGKILL)');
  expect(exitWords({ code: null, signal: 'SIGTERM' })).toBe('ended by SIGTERM');
  const outOfMemory = { limitBytes: 512 * 1024 * 1024 };
  expect(exitWords({ code: null, signal: 'SIGKILL', outOfMemory })).toBe('killed by its memory limit (512m)');
  expect(exitWords({ code: 3, signal: null, outOfMemory: { limitBytes: null } })).toBe(
    'exited 3, after a part of it was killed by the machine, which had no memory left',
  );
});

test('lists and counts', () => {
  expect(list([])).toBe('');
  expect(list(['a'])).toBe('a');
  expect(list(['a', 'b', 'c'])).toBe('a, b and c');
  expect(list(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more');
  expect(count(1, 'service')).toBe('1 service');
  expect(count(2, 'process', 'processes')).toBe('2 processes');
});

describe('plans', () => {
  const step = (action: 'start' | 'keep' | 'rollout' | 'scale', service: string, more = {}) =>
    ({ action, service: serviceName(service), changed: [], ...more }) as const;

  test('one line a kind of step', () => {
    const steps = [
      step('keep', 'a'),
      step('start', 'b'),
      step('start', 'c'),
      step('rollout', 'd', { changed: ['command'] }),
      step('scale', 'e', { from: 1, to: 3 }),
    ];
    expect(planLines(steps)).toEqual([
      'start b and c',
      'replace d (command changed)',
      'scale e from 1 to 3',
      'keep 1 service as it is',
    ]);
  });

  test('what is tried again is named as that', () => {
    const again = { ...step('rollout', 'a'), again: true } as const;
    expect(planLines([again])).toEqual(['replace a (again: the last attempt failed)']);
    expect(planLines([{ ...again, changed: ['healthcheck'] }])).toEqual([
      'replace a (healthcheck changed; again: the last attempt failed)',
    ]);
  });

  test('a plan that changes nothing says so', () => {
    expect(planLines([step('keep', 'a'), step('keep', 'b')])).toEqual([
      'nothing to change: 2 services are as the file says',
    ]);
    expect(planLines([])).toEqual(['nothing to do']);
  });
});

describe('notices', () => {
  test('a service that listens elsewhere is told what to write', () => {
    expect(noticeText('listens-elsewhere', { replica: 1, port: 20_001, listens: ['3000'], fixed: false })).toBe(
      'listens on 3000, not on its PORT 20001: write `port: 3000` or read $PORT',
    );
    expect(noticeText('listens-elsewhere', { replica: 1, port: 5000, listens: ['3000'], fixed: true })).toBe(
      'listens on 3000, not on port 5000 as the file says: write `port: 3000`',
    );
  });

  test('a gateway that moved says who has its port, if that can be seen', () => {
    expect(noticeText('gateway-port-moved', { preferred: 8080, port: 8081, pid: 7, command: 'node x' })).toBe(
      'the gateway is on port 8081, because process 7 (node x) has 8080',
    );
    expect(noticeText('gateway-port-moved', { preferred: 8080, port: 8081 })).toContain('something else has 8080');
  });
});

/** One of each kind: the table of sentences is complete by its type; none of them may be empty or leak a shape. */
const EVERY: readonly NewEvent[] = [
  { type: 'engine.started', pid: 1, version: '1', run: 'r', swept: [] },
  { type: 'engine.stopping', reason: 'lease-ended' },
  { type: 'engine.stopped', tookMs: 12 },
  { type: 'engine.noticed', code: 'guardian-replaced', facts: {} },
  { type: 'command.received', command: 'stop', services: [serviceName('a')], facts: {} },
  { type: 'command.received', command: 'kill', services: [serviceName('a')], facts: { targets: ['a.2'] } },
  { type: 'project.applied', name: 'p', dir: '/p', steps: [] },
  defined('a', { wanted: 2 }),
  { type: 'service.removed', service: serviceName('a') },
  { type: 'service.scaled', service: serviceName('a'), from: 1, to: 3 },
  {
    type: 'service.waiting',
    service: serviceName('a'),
    on: [{ service: serviceName('b'), condition: 'service_healthy' }],
  },
  { type: 'service.held', service: serviceName('a'), held: true },
  {
    type: 'hook.exited',
    service: serviceName('a'),
    command: 'make',
    index: 0,
    exit: { code: 2, signal: null },
    tookMs: 5,
  },
  { type: 'rollout.started', service: serviceName('a'), generation: 2, reason: 'watch', files: ['/x/server.js'] },
  {
    type: 'rollout.failed',
    service: serviceName('a'),
    generation: 2,
    serving: true,
    error: { code: 'MSVC_SERVICE_FAILED', message: 'exited 1', facts: {} },
  },
  { type: 'instance.backing-off', ...of('a'), delayMs: 400, attempt: 2, crashLoop: false },
  { type: 'instance.lingering', ...of('a'), remainingMs: 7000, members: [{ pid: 12, command: 'sleep 100' }] },
  { type: 'instance.forced', ...of('a'), pids: [12, 13] },
  { type: 'instance.unhealthy', ...of('a'), failures: 3, probe: 'http', detail: '503' },
  { type: 'lease.ended', owners: 0, reason: 'connection-closed' },
  { type: 'stream.gap', missed: 3 },
];

test('events in a sentence', () => {
  const lines = numbered(EVERY).map((event) => {
    const { subject, text } = eventSaying(event);
    return `${event.type}: ${subject}: ${text}`;
  });
  expect(lines).toMatchInlineSnapshot(`
    [
      "engine.started: msvc: engine 1 started (pid 1)",
      "engine.stopping: msvc: stopping the system: the terminal that owned it has gone",
      "engine.stopped: msvc: the system has stopped, in 12 ms",
      "engine.noticed: msvc: the guardian that cleans up after a killed engine had died, and was replaced",
      "command.received: msvc: \`msvc stop a\`",
      "command.received: msvc: \`msvc kill a.2\`",
      "project.applied: msvc: nothing to do",
      "service.defined: a: defined: 2 replicas",
      "service.removed: a: no longer part of the system",
      "service.scaled: a: scaling from 1 to 3",
      "service.waiting: a: waits for b to be healthy",
      "service.held: a: held: what its probe finds does nothing to it until \`msvc release\`",
      "hook.exited: a: pre_start exited 2 after 5 ms: make",
      "rollout.started: a: reloading: server.js changed",
      "rollout.failed: a: failing (serving previous): exited 1",
      "instance.backing-off: a.1: restarting in 400 ms (attempt 2)",
      "instance.lingering: a.1: still stopping: process 12 (sleep 100), killed in 7 s",
      "instance.forced: a.1: did not stop in time: killed 2 processes",
      "instance.unhealthy: a.1: unhealthy after 3 failed probes (http): 503",
      "lease.ended: msvc: a terminal that owned the system has gone",
      "stream.gap: msvc: 3 events were too many to be shown",
    ]
  `);
});

describe('news of an attached up', () => {
  const fold = (events: readonly NewEvent[]) => {
    const last = numbered(events).at(-1) as MsvcEvent;
    return newsOf(last, viewOf(events));
  };
  const crash: NewEvent[] = [
    defined('a'),
    ...running('a'),
    { type: 'instance.exited', ...of('a'), exit: { code: 1, signal: null }, expected: false, tail: ['boom'] },
  ];

  test('an end and what follows are one line, with the last output the first time', () => {
    expect(fold(crash)).toBeNull();
    const first: NewEvent = { type: 'instance.backing-off', ...of('a'), delayMs: 200, attempt: 1, crashLoop: false };
    expect(fold([...crash, first])).toMatchObject({
      subject: 'a.1',
      text: 'exited 1, restarting in 200 ms (attempt 1)',
      details: ['boom'],
    });
    expect(fold([...crash, { ...first, attempt: 2 } as NewEvent])?.details).toEqual([]);
  });

  test('a rollout that fails shows what the new version said', () => {
    const events: NewEvent[] = [
      defined('a'),
      ...running('a'),
      { type: 'instance.created', ...of('a', 1, 2), generation: 2, port: 20_002 },
      {
        type: 'instance.exited',
        ...of('a', 1, 2),
        exit: { code: 1, signal: null },
        expected: false,
        tail: ['SyntaxError'],
      },
      {
        type: 'rollout.failed',
        service: serviceName('a'),
        generation: 2,
        serving: true,
        error: { code: 'MSVC_SERVICE_FAILED', message: 'exited 1', facts: {} },
      },
    ];
    expect(fold(events)).toMatchObject({ text: 'failing (serving previous): exited 1', details: ['SyntaxError'] });
  });

  test('bookkeeping is no news', () => {
    expect(fold([defined('a')])).toBeNull();
    expect(fold([defined('a'), { type: 'lease.taken', owners: 1 }])).toBeNull();
  });
});
