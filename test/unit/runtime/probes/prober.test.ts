import { afterEach, describe, expect, it } from 'vitest';
import type { ProbeSpec } from '../../../../src/model/project.ts';
import { GapWatch } from '../../../../src/runtime/probes/gap-watch.ts';
import { createProbe } from '../../../../src/runtime/probes/index.ts';
import { type Prober, type ProberOptions, startProber } from '../../../../src/runtime/probes/prober.ts';
import { freePort } from '../../../rig/free-port.ts';
import { eventually } from '../../../rig/wait.ts';
import { answering, serve } from './servers.ts';

const HEALTH = { intervalMs: 20, timeoutMs: 2000, retries: 3, startIntervalMs: 50 };
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const BAD = 'HTTP/1.1 500 Bad\r\ncontent-length: 3\r\n\r\nbad';

const probers: Prober[] = [];
afterEach(() => {
  for (const prober of probers.splice(0)) prober.stop();
});

/** What was reported: `pass <host>` or `fail <consecutive> <detail>`. */
function observe(
  spec: ProbeSpec,
  port: number | null,
  options: Partial<ProberOptions> & { watchLog?: (onLine: (line: string) => void) => () => void } = {},
) {
  const reports: string[] = [];
  const { watchLog = () => () => {}, ...more } = options;
  const probe = createProbe(spec, { port, environment: { PATH: process.env.PATH ?? '' }, workingDir: '/', watchLog });
  const prober = startProber({
    probe,
    healthcheck: HEALTH,
    gapMs: 60_000,
    onPass: (host) => reports.push(`pass ${host}`),
    onFail: (result, consecutive) => reports.push(`fail ${consecutive} ${result.detail}`),
    ...more,
  });
  probers.push(prober);
  return { reports, prober };
}

const http: ProbeSpec = { kind: 'http', path: '/', headers: {}, status: { from: 200, to: 399 } };

describe('until the first pass', () => {
  it('a port that nobody listens on yet is no news; it passes soon after it accepts', async () => {
    const port = await freePort();
    const { reports } = observe({ kind: 'tcp' }, port);
    const server = await serve(() => {}, { host: '::1', port });
    await eventually('a pass', () => reports.length > 0);
    expect(reports[0]).toBe('pass ::1');
    expect(server.connections()).toBeGreaterThan(0);
  });

  it('failures of a port that accepts are reported', async () => {
    let answer = BAD;
    const { port } = await serve((socket) => socket.end(answer));
    const { reports } = observe(http, port);
    await eventually('failures', () => reports.length >= 2);
    answer = OK;
    await eventually('a pass', () => reports.some((report) => report.startsWith('pass')));
    expect(reports.slice(0, 2)).toEqual(['fail 1 GET /: status 500: bad', 'fail 2 GET /: status 500: bad']);
  });

  it('asks in growing pauses, a part of the time waited, up to the longest', async () => {
    // A clock that only the prober's own timers move: each waits for what it said it would.
    let now = 0;
    const asked: number[] = [];
    const probe = {
      kind: 'tcp' as const,
      gatePort: null,
      locatePort: null,
      repeats: true,
      check: async () => {
        asked.push(now);
        return { ok: false as const, refused: true, detail: 'no' };
      },
    };
    const clocks = { now: () => now, sinceBoot: () => now };
    const real = globalThis.setTimeout;
    const pauses: number[] = [];
    globalThis.setTimeout = ((run: () => void, ms: number) => {
      if (ms === HEALTH.timeoutMs) return real(run, 1e6);
      pauses.push(ms);
      return real(() => {
        now += ms;
        run();
      }, 0);
    }) as typeof setTimeout;
    try {
      const prober = startProber({ probe, healthcheck: HEALTH, onPass: () => {}, onFail: () => {}, clocks });
      probers.push(prober);
      await new Promise<void>((resolve) => {
        const look = (): void => void (asked.length >= 40 ? resolve() : real(look, 1));
        look();
      });
      prober.stop();
    } finally {
      globalThis.setTimeout = real;
    }
    expect(pauses.slice(0, 8)).toEqual([2, 2, 2, 2, 2, 2.5, 3.125, 3.90625]);
    expect(pauses.slice(9, 40).every((pause, index, all) => index === 0 || pause >= all[index - 1]!)).toBe(true);
    expect(Math.max(...pauses)).toBe(HEALTH.startIntervalMs);
    for (const [index, at] of asked.slice(0, 39).entries()) {
      expect(pauses[index + 1]).toBeCloseTo(Math.max(2, Math.min(50, Math.max(Math.min(at / 4, 10), at / 8))));
    }
  });

  it('a command is not run before the port accepts', async () => {
    const port = await freePort();
    const { reports } = observe({ kind: 'exec', command: { kind: 'shell', line: 'echo ran; exit 1' } }, port);
    await serve(() => {}, { port });
    await eventually('the command', () => reports.length > 0);
    expect(reports[0]).toBe('fail 1 exit 1: ran');
  });

  it('a command that needs no port runs as it is, and its pass tells where the service listens', async () => {
    const workers = observe({ kind: 'exec', command: { kind: 'shell', line: 'true' } }, null);
    const { port } = await serve(() => {}, { host: '::1' });
    const servers = observe({ kind: 'exec', command: { kind: 'shell', line: 'true' } }, port);
    await eventually('passes', () => workers.reports.length > 0 && servers.reports.length > 0);
    expect([workers.reports[0], servers.reports[0]]).toEqual(['pass null', 'pass ::1']);
  });
});

describe('after the first pass', () => {
  it('failures in a row are counted, and a pass ends the row', async () => {
    let answer = OK;
    const { port } = await serve((socket) => socket.end(answer));
    const { reports } = observe(http, port);
    await eventually('a pass', () => reports.length > 0);
    answer = BAD;
    await eventually('three failures', () => reports.some((report) => report.startsWith('fail 3')));
    answer = OK;
    const row = reports.length;
    await eventually('a pass again', () => reports.slice(row).some((report) => report.startsWith('pass')));
    answer = BAD;
    const again = reports.length;
    await eventually('a new row', () => reports.slice(again).some((report) => report.startsWith('fail')));
    expect(reports.slice(again).find((report) => report.startsWith('fail'))).toMatch(/^fail 1 /);
  });

  it('a server that hangs fails by time', async () => {
    let hangs = false;
    const { port } = await serve((socket) => (hangs ? undefined : socket.end(OK)));
    const { reports } = observe(http, port, { healthcheck: { ...HEALTH, timeoutMs: 100 } });
    await eventually('a pass', () => reports.length > 0);
    hangs = true;
    await eventually('a failure', () => reports.some((report) => report.startsWith('fail 2')));
    expect(reports.at(-1)).toMatch(/^fail \d GET \/: timed out$/);
  });

  it('a suspicion is checked at once, and closely until it is certain', async () => {
    let answer = OK;
    const { port } = await serve((socket) => socket.end(answer));
    const { reports, prober } = observe(http, port, { healthcheck: { ...HEALTH, intervalMs: 1e6 } });
    await eventually('a pass', () => reports.length > 0);
    answer = BAD;
    prober.checkNow();
    await eventually('certainty', () => reports.some((report) => report.startsWith('fail 3')));
    expect(reports.slice(1).map((report) => report.slice(0, 6))).toEqual(['fail 1', 'fail 2', 'fail 3']);
  });

  it('a log probe passes once and asks no more', async () => {
    let say = (_line: string): void => {};
    let stopped = false;
    const { reports, prober } = observe({ kind: 'log', pattern: 'ready' }, null, {
      watchLog: (onLine) => {
        say = onLine;
        return () => {
          stopped = true;
        };
      },
    });
    say('not yet');
    prober.checkNow();
    say('now ready');
    await eventually('a pass', () => reports.length > 0);
    prober.checkNow();
    prober.stop();
    expect(reports).toEqual(['pass null']);
    expect(stopped).toBe(true);
  });

  it('none passes once', async () => {
    const { reports } = observe({ kind: 'none' }, null);
    await eventually('a pass', () => reports.length > 0);
    expect(reports).toEqual(['pass null']);
  });
});

it('after stop nothing is reported, and the running check is given up', async () => {
  const server = await serve(() => {});
  const { reports, prober } = observe(http, server.port);
  await eventually('the check to run', () => server.asked.length > 0);
  prober.stop();
  prober.checkNow();
  await new Promise((resolve) => setImmediate(resolve));
  expect(reports).toEqual([]);
});

describe('an engine that did not run for a while', () => {
  it('is seen by a timer that comes late, and by a boot clock that went on alone', () => {
    let [now, sinceBoot] = [0, 0];
    const gaps = new GapWatch(1000, { now: () => now, sinceBoot: () => sinceBoot });
    [now, sinceBoot] = [5000, 5000];
    expect(gaps.passed(1000)).toBe(false);
    expect(gaps.passed(1001)).toBe(true);
    [now, sinceBoot] = [6000, 900_000];
    expect(gaps.passed(0)).toBe(true);
    expect(gaps.passed(0)).toBe(false);
  });

  it('does not count the failures straight after it', async () => {
    let answer = OK;
    let slept = 0;
    const { port } = await serve((socket) => socket.end(answer));
    const { reports } = observe(http, port, {
      healthcheck: { ...HEALTH, timeoutMs: 1e6 },
      clocks: { now: () => performance.now(), sinceBoot: () => performance.now() + slept },
    });
    await eventually('a pass', () => reports.length > 0);
    answer = BAD;
    slept = 3_600_000;
    const before = reports.length;
    await eventually('failures', () => reports.slice(before).filter((report) => report.startsWith('fail')).length >= 5);
    const counted = reports
      .slice(before)
      .filter((report) => report.startsWith('fail'))
      .slice(-4);
    expect(counted.map((report) => report.slice(0, 6))).toEqual(['fail 0', 'fail 0', 'fail 0', 'fail 0']);
  });
});

it('answers many idle services at little cost', async () => {
  const { port, connections } = await serve(answering(OK));
  const observed = Array.from({ length: 20 }, () =>
    observe(http, port, { healthcheck: { ...HEALTH, intervalMs: 10 } }),
  );
  await eventually('many checks', () => connections() > 200);
  expect(
    observed.every(({ reports }) => reports.every((report) => report === 'pass 127.0.0.1' || report === 'pass null')),
  ).toBe(true);
});
