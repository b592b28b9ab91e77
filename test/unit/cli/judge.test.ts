/** What is concluded from a view: verdicts of a wait, the end of an attached up, causes, rows of ps and routes. */
import { describe, expect, test } from 'vitest';
import { type EndRules, endOf } from '../../../src/cli/attach/end.ts';
import { causeChain } from '../../../src/cli/cause.ts';
import { problemsOf } from '../../../src/cli/dashboard/model/problems.ts';
import { psJson, psRows } from '../../../src/cli/ps-rows.ts';
import { routeRows } from '../../../src/cli/routes.ts';
import { type Goal, judge, judgeAll } from '../../../src/cli/verdict.ts';
import type { MsvcEvent, NewEvent } from '../../../src/model/event.ts';
import { serviceName } from '../../../src/model/names.ts';
import type { ServiceView } from '../../../src/model/view.ts';
import { AT, defined, numbered, of, running, viewOf } from './capture.ts';

const exited = (service: string, code: number, expected = false): NewEvent => ({
  type: 'instance.exited',
  ...of(service),
  exit: { code, signal: null },
  expected,
  tail: ['last words'],
});
const started = (service: string, port: number | null = 20_001): NewEvent[] => running(service, 1, port).slice(0, 3);

describe('verdicts', () => {
  const verdict = (goal: Goal, events: readonly NewEvent[]) =>
    judge(viewOf(events).services.a as ServiceView, goal).outcome;
  const job = { port: null, oneShot: true } as const;

  test('a ready server has got there, a starting one waits', () => {
    expect(verdict('up', [defined('a'), ...running('a')])).toBe('reached');
    expect(verdict('healthy', [defined('a'), ...started('a')])).toBe('waiting');
    expect(verdict('healthy', [defined('a', { wanted: 2 }), ...running('a')])).toBe('waiting');
  });

  test('a job that exits 0 has got there; a server that does has not', () => {
    const done: NewEvent[] = [exited('a', 0), { type: 'instance.completed', ...of('a') }];
    expect(verdict('up', [defined('a', job), ...started('a', null), ...done])).toBe('reached');
    expect(verdict('completed', [defined('a', job), ...started('a', null), ...done])).toBe('reached');
    expect(verdict('up', [defined('a'), ...started('a'), ...done])).toBe('failed');
  });

  test('one that is still being restarted waits, a crash loop has failed', () => {
    const off = (crashLoop: boolean): NewEvent => ({
      type: 'instance.backing-off',
      ...of('a'),
      delayMs: 200,
      attempt: 1,
      crashLoop,
    });
    expect(verdict('up', [defined('a'), ...started('a'), exited('a', 1), off(false)])).toBe('waiting');
    const looping = viewOf([defined('a'), ...started('a'), exited('a', 1), off(true)]).services.a as ServiceView;
    expect(judge(looping, 'up')).toMatchObject({
      outcome: 'failed',
      state: 'crash-loop',
      reason: 'it keeps failing: exited 1',
      tail: ['last words'],
    });
  });

  test('one replica that does not come up fails its service, whichever others are ready', () => {
    const second = of('a', 2);
    const begun: NewEvent[] = [
      defined('a', { wanted: 2 }),
      ...running('a'),
      { type: 'instance.created', ...second, generation: 1, port: 20_002 },
      { type: 'instance.launched', ...second, pid: 102, launch: 1 },
    ];
    const off: NewEvent = { type: 'instance.backing-off', ...second, delayMs: 200, attempt: 1, crashLoop: false };
    const crashed: NewEvent = { ...exited('a', 1), ...second };
    const late: NewEvent = { type: 'instance.stopping', ...second, reason: 'start-timeout', graceMs: 10_000 };
    const of2 = (...events: NewEvent[]) => judge(viewOf([...begun, ...events]).services.a as ServiceView, 'up');
    expect(of2(crashed, off)).toMatchObject({ outcome: 'waiting', state: 'degraded' });
    expect(of2(crashed, { ...off, crashLoop: true })).toMatchObject({
      outcome: 'failed',
      reason: 'a.2 keeps failing: exited 1',
    });
    expect(of2(late, off)).toMatchObject({
      outcome: 'failed',
      reason: 'a.2 was not ready within its start_period: nothing listens on its port 20002',
    });
    // One too many decides nothing.
    const scaled: NewEvent = { type: 'service.scaled', service: serviceName('a'), from: 2, to: 1 };
    expect(of2(crashed, { ...off, crashLoop: true }, scaled).outcome).toBe('reached');
  });

  test('what a rollout is about to replace decides nothing', () => {
    const failed: NewEvent[] = [
      exited('a', 1),
      {
        type: 'instance.failed',
        ...of('a'),
        error: { code: 'MSVC_SERVICE_FAILED', message: 'a exited with code 1', facts: {} },
      },
    ];
    const rollout: NewEvent = {
      type: 'rollout.started',
      service: serviceName('a'),
      generation: 2,
      reason: 'definition',
      files: [],
    };
    expect(verdict('up', [defined('a'), ...started('a'), ...failed])).toBe('failed');
    expect(verdict('up', [defined('a'), ...started('a'), ...failed, rollout])).toBe('waiting');
  });

  test('a job is waited for until it ends', () => {
    const view = viewOf([defined('a', job), ...running('a', 1, null)]).services.a as ServiceView;
    expect(judge(view, 'up')).toMatchObject({ outcome: 'waiting', reason: expect.stringContaining('still runs') });
    expect(judge(view, 'healthy').outcome).toBe('reached');
  });

  test('a server that was not ready in time has failed, with what it lacked', () => {
    const late: NewEvent[] = [
      { type: 'instance.stopping', ...of('a'), reason: 'start-timeout', graceMs: 10_000 },
      { type: 'instance.backing-off', ...of('a'), delayMs: 200, attempt: 1, crashLoop: false },
    ];
    const view = viewOf([defined('a'), ...started('a'), ...late]).services.a as ServiceView;
    expect(judge(view, 'up')).toMatchObject({
      outcome: 'failed',
      reason: 'it was not ready within its start_period: nothing listens on its port 20001',
    });

    const elsewhere = { replica: 1, port: 20_001, listens: ['3000'], fixed: false };
    const notice: NewEvent = {
      type: 'engine.noticed',
      code: 'listens-elsewhere',
      service: serviceName('a'),
      facts: elsewhere,
    };
    const found = viewOf([defined('a'), ...started('a'), notice, ...late]);
    expect(judge(found.services.a as ServiceView, 'up').reason).toBe(
      'it was not ready within its start_period: it listens on 3000, not on its PORT 20001: write `port: 3000` or read $PORT',
    );
    // What it wrote meanwhile is no reason.
    expect(problemsOf(found, 0)).toMatchObject([{ text: expect.stringMatching(/^a backing-off: .*listens on 3000/) }]);
    const starting = viewOf([defined('a'), ...started('a'), notice]);
    expect(problemsOf(starting, 0)).toMatchObject([{ text: expect.stringMatching(/^a starting: it listens on 3000/) }]);
    const again: NewEvent = { type: 'instance.launched', ...of('a'), pid: 8, launch: 2 };
    const relaunched = [defined('a'), ...started('a'), notice, ...late, again];
    expect(problemsOf(viewOf(relaunched), 0)).toMatchObject([
      { text: expect.stringMatching(/^a starting: it listens on/) },
    ]);
    const ready: NewEvent = { type: 'instance.ready', ...of('a'), tookMs: 5 };
    expect(problemsOf(viewOf([...relaunched, ready]), 0)).toEqual([]);
  });

  test('a rollout is waited for; one that failed has failed, whoever serves', () => {
    const rollout: NewEvent = {
      type: 'rollout.started',
      service: serviceName('a'),
      generation: 2,
      reason: 'watch',
      files: [],
    };
    const failed: NewEvent = {
      type: 'rollout.failed',
      service: serviceName('a'),
      generation: 2,
      serving: true,
      error: { code: 'MSVC_SERVICE_FAILED', message: 'exited 1', facts: {} },
    };
    expect(verdict('up', [defined('a'), ...running('a'), rollout])).toBe('waiting');
    expect(verdict('up', [defined('a'), ...running('a'), rollout, failed])).toBe('failed');
  });

  test('stopped means that no process is left', () => {
    const stopping: NewEvent[] = [
      { type: 'service.stopped', service: serviceName('a') },
      { type: 'instance.stopping', ...of('a'), reason: 'stop', graceMs: 1 },
    ];
    expect(verdict('stopped', [defined('a'), ...running('a'), ...stopping])).toBe('waiting');
    const two = viewOf([defined('a', { wanted: 2 }), ...running('a'), ...running('a', 2), ...stopping]);
    expect(judge(two.services.a as ServiceView, 'stopped').reason).toMatch(/^processes \d+ and \d+ still run$/);
    const gone: NewEvent = { type: 'instance.stopped', ...of('a'), reason: 'stop' };
    expect(verdict('stopped', [defined('a'), ...running('a'), ...stopping, gone])).toBe('reached');
  });

  test('a service the engine does not know yet is waited for', () => {
    expect(judgeAll(viewOf([]), ['a'], 'up').waiting).toHaveLength(1);
    expect(judgeAll(viewOf([]), ['a'], 'stopped').waiting).toHaveLength(0);
  });
});

describe('the end of an attached up', () => {
  const rules = (more: Partial<EndRules> = {}): EndRules => ({
    exitCodeFrom: undefined,
    abortOnFailure: false,
    services: new Set(['a', 'tests']),
    watched: new Set(),
    ...more,
  });
  const end = (events: readonly NewEvent[], which: EndRules) =>
    endOf(numbered(events).at(-1) as MsvcEvent, viewOf(events), which);

  test("--exit-code-from takes its target's code, and nobody else's", () => {
    const from = rules({ exitCodeFrom: 'tests' });
    const all = [defined('a'), defined('tests', { port: null }), ...running('a'), ...started('tests', null)];
    expect(end([...all, exited('a', 3)], from)).toBeNull();
    expect(end([...all, exited('tests', 7)], from)).toMatchObject({ exitCode: 7, service: 'tests' });
    const killed: NewEvent = { ...exited('tests', 0), exit: { code: null, signal: 'SIGKILL' } } as NewEvent;
    expect(end([...all, killed], from)?.exitCode).toBe(137);
    expect(end([...all, exited('tests', 7, true)], from)).toBeNull();
    // Beside it the failure of another one ends it too.
    const aborting = rules({ exitCodeFrom: 'tests', abortOnFailure: true });
    expect(end([...all, exited('a', 3)], aborting)).toMatchObject({ exitCode: 1, service: 'a', why: 'failure' });
    expect(end([...all, exited('tests', 7)], aborting)).toMatchObject({ exitCode: 7, service: 'tests' });
  });

  test('--abort-on-failure: not for a job that exits 0', () => {
    const abort = rules({ abortOnFailure: true });
    const job = [defined('a', { port: null, oneShot: true }), ...started('a', null)];
    expect(end([...job, exited('a', 0)], abort)).toBeNull();
    expect(end([...job, exited('a', 1)], abort)).toMatchObject({ exitCode: 1, service: 'a' });
    expect(end([defined('a'), ...running('a'), exited('a', 0)], abort)?.exitCode).toBe(1);
    expect(end([defined('a'), ...running('a'), exited('a', 1, true)], abort)).toBeNull();
  });

  test('everything done ends it, but not while a saved file may bring it back', () => {
    const error = { code: 'MSVC_SERVICE_FAILED', message: 'exited 1', facts: {} } as const;
    const failed: NewEvent[] = [
      defined('a'),
      ...started('a'),
      exited('a', 1),
      { type: 'instance.failed', ...of('a'), error },
    ];
    expect(end(failed, rules())).toMatchObject({ why: 'all-done', exitCode: 1 });
    expect(end(failed, rules({ watched: new Set(['a']) }))).toBeNull();
    expect(end([...running('b'), ...failed], rules())).not.toBeNull();
    expect(end([defined('b'), ...running('b'), ...failed], rules())).toBeNull();
  });
});

test('why: the last change and what led to it, oldest first', () => {
  const events = numbered([
    { type: 'command.received', command: 'kill', services: [serviceName('a')], facts: {} },
    { ...exited('a', 1), cause: 1 } as NewEvent,
    { type: 'instance.backing-off', ...of('a'), delayMs: 1, attempt: 1, crashLoop: false, cause: 2 },
    { type: 'instance.launched', ...of('a'), pid: 9, launch: 2, cause: 3 },
    { type: 'instance.ready', ...of('a'), tookMs: 5, cause: 4 },
    { type: 'instance.ready', ...of('b'), tookMs: 5 },
  ]);
  expect(causeChain(events, 'a').map((event) => event.seq)).toEqual([1, 2, 3, 4, 5]);
  expect(causeChain(events.slice(2), 'a').map((event) => event.seq)).toEqual([3, 4, 5]);
  expect(causeChain(events, 'a', 2)).toEqual([]);
  expect(causeChain(events, 'nobody')).toEqual([]);
});

test('why a service is still starting: its launch, and what msvc has noticed since', () => {
  const events = [
    { seq: 1, at: 0, type: 'command.received', command: 'up', args: [] },
    {
      seq: 2,
      at: 1,
      type: 'instance.launched',
      service: 'a',
      replica: 1,
      instance: 'a.1@1',
      pid: 7,
      launch: 1,
      cause: 1,
    },
    { seq: 3, at: 2, type: 'engine.noticed', code: 'listens-elsewhere', service: 'b', facts: {} },
    {
      seq: 4,
      at: 3,
      type: 'engine.noticed',
      code: 'listens-elsewhere',
      service: 'a',
      facts: { listens: [3000], port: 1 },
    },
  ] as unknown as MsvcEvent[];
  expect(causeChain(events, 'a').map((event) => event.seq)).toEqual([1, 2, 4]);
});

describe('ps', () => {
  test('an instance', () => {
    const rows = psRows(viewOf([defined('a'), ...running('a')]), { services: [], all: false });
    expect(rows.map(psJson)).toEqual([
      {
        service: 'a',
        replica: 1,
        state: 'ready',
        serviceState: 'ready',
        health: 'healthy',
        pid: 101,
        port: 20_001,
        url: 'http://127.0.0.1:20001',
        restarts: 0,
        startedAt: new Date(AT + 3000).toISOString(),
        exitCode: null,
        exitSignal: null,
        generation: 1,
        reason: null,
        external: null,
        cpu: null,
        memoryBytes: null,
        inBalancing: true,
      },
    ]);
  });

  test('a service that cannot start has a row that says why; one that was never asked has none', () => {
    const error = { code: 'MSVC_MIGRATION_FAILED', message: '001.sql: syntax error', facts: {} } as const;
    const view = viewOf([
      defined('a'),
      defined('b'),
      { type: 'service.started', service: serviceName('a') },
      { type: 'preparation.failed', service: serviceName('a'), error },
    ]);
    const rows = psRows(view, { services: [], all: false }).map(psJson);
    expect(rows).toMatchObject([{ service: 'a', replica: null, state: 'failed', reason: '001.sql: syntax error' }]);
    expect(psRows(view, { services: [], all: true })).toHaveLength(2);
  });
});

test('routes with an address to try', () => {
  const route = {
    service: serviceName('a'),
    hostnames: ['*.x.localhost', 'a.localhost'],
    matches: [
      { path: { type: 'PathPrefix', value: '/api' }, method: 'GET' },
      { path: { type: 'RegularExpression', value: '/v[0-9]+' } },
    ],
    filters: [],
    timeouts: {},
    place: { file: '/f', line: 1, column: 1 },
  } as const;
  const view = viewOf([
    defined('a', { routes: [route] }),
    ...running('a'),
    { type: 'gateway.listening', host: '127.0.0.1', port: 8080, url: 'http://localhost:8080' },
  ]);
  expect(routeRows([route], view).map(({ json }) => json)).toMatchObject([
    { service: 'a', path: '/api', method: 'GET', url: 'http://a.localhost:8080/api', ready: 1 },
    { pathType: 'RegularExpression', method: null, url: null },
  ]);
});
