/**
 * A replica is killed: how soon it is out of balancing, how soon another one is ready beyond the delay of its restart
 * policy and its own start, and how many requests through the gateway fail meanwhile.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type Bench, type BenchContext } from './harness/bench.ts';
import { type LoadResult, startLoad } from './harness/client.ts';
import { withMeter } from './harness/meter.ts';
import { followEvents, gatewayUrl, instances } from './harness/msvc-json.ts';
import { freeStretch } from './harness/ports.ts';
import { interleave, pick } from './harness/rounds.ts';
import { median, spread } from './harness/stats.ts';
import { msvcCommand, msvcMissing } from './systems/msvc.ts';
import { pm2 } from './systems/pm2.ts';

interface Kill {
  /** undefined: there is no balancing. */
  readonly outMs: number | undefined;
  /** From its exit to ready, less the delay of the restart policy. */
  readonly backMs: number;
}

interface Round {
  readonly kills: readonly Kill[];
  readonly load: LoadResult | undefined;
}

const REPLICAS = 3;
const CONNECTIONS = 8;
const ALONE = 'the service started by itself';
const PM2 = 'pm2';
const MSVC = 'msvc';

export const crash: Bench = {
  id: 'crash',
  run: async (context) => {
    const { work } = context;
    const subjects = [{ name: ALONE, measure: () => measureOwnStart(context) }];
    if (pm2.missing(work) === undefined) subjects.push({ name: PM2, measure: () => measurePm2(context) });
    if (msvcMissing(work) === undefined) subjects.push({ name: MSVC, measure: () => measureMsvc(context) });
    const measured = await interleave<Round>(subjects, context.rounds(5, 1), context.note);
    const kills = (name: string): Kill[] => pick(measured.get(name), (round) => round).flatMap(({ kills: all }) => all);
    const out = (name: string): number[] => kills(name).flatMap(({ outMs }) => outMs ?? []);
    const back = (name: string): number[] => kills(name).map(({ backMs }) => backMs);
    const loads = pick(measured.get(MSVC), (round) => round).flatMap(({ load }) => load ?? []);
    const requests = loads.reduce((sum, load) => sum + load.requests, 0);
    const failed = loads.reduce((sum, load) => sum + load.failed, 0);
    const alone = median(back(ALONE));
    return {
      title: 'Crash of a replica',
      about: [
        `\`kill -9\` of one of ${REPLICAS} replicas of the C service, one after the other, with ${CONNECTIONS} clients ` +
          'asking through the gateway of msvc. *Out*: from the kill to the event of its exit, with which its row leaves ' +
          'the registry (whole milliseconds). *Back*: from its exit to ready again, less the delay that the restart ' +
          'policy asked for. pm2 has no balancing and no probe: *back* is from the kill to its first answer.',
      ],
      tables: [
        {
          caption: 'ms: median (lowest-highest)',
          columns: ['', 'out', 'back', 'requests failed'],
          rows: subjects.map(({ name }) => [
            name,
            out(name).length > 0 ? spread(out(name)) : '-',
            spread(back(name)),
            name === MSVC ? `${failed} of ${requests}` : '-',
          ]),
        },
      ],
      goals: [
        atMost('Crash to out of balancing', median(out(MSVC)), 10, 'ms'),
        atMost('Ready again, beyond the delay and its own start', median(back(MSVC)) - alone, 50, 'ms'),
        atMost('Requests failed', requests === 0 ? Number.NaN : failed, 0, '', 0),
      ],
      skipped: subjects.some(({ name }) => name === MSVC) ? [] : ['msvc: not built'],
    };
  },
};

async function measureOwnStart({ work }: BenchContext): Promise<Round> {
  const kills: Kill[] = [];
  while (kills.length < REPLICAS) {
    await withMeter(work, async (meter) => {
      meter.expect(1);
      const env = { PORT: String(freeStretch(1)) };
      const started = await meter.run([work.programs.answer], { cwd: work.dir, env });
      const answering = await meter.wait('answering');
      await meter.end(0);
      kills.push({ outMs: undefined, backMs: (answering.atUs - started.atUs) / 1000 });
    });
  }
  return { kills, load: undefined };
}

async function measurePm2({ work }: BenchContext): Promise<Round> {
  const plan = pm2.plan(work, {
    count: REPLICAS,
    dir: work.folder('crash/pm2'),
    program: work.programs.answer,
    firstPort: freeStretch(REPLICAS),
  });
  return withMeter(work, async (meter) => {
    meter.expect(REPLICAS);
    await meter.finish(plan.start, plan);
    const { services } = await meter.wait('answering');
    const kills: Kill[] = [];
    for (const { pid } of services) {
      await pause(500);
      meter.expect(1);
      const killedAt = performance.now();
      process.kill(pid, 'SIGKILL');
      await meter.wait('answering');
      kills.push({ outMs: undefined, backMs: performance.now() - killedAt });
    }
    if ('command' in plan.stop) await meter.finish(plan.stop.command, plan);
    await meter.end(5_000);
    return { kills, load: undefined };
  });
}

async function measureMsvc({ work }: BenchContext): Promise<Round> {
  const cwd = work.folder('crash/msvc');
  const web = { command: [work.programs.answer], replicas: REPLICAS, route: '/', healthcheck: { http: '/' } };
  writeFileSync(path.join(cwd, 'msvc.yaml'), JSON.stringify({ name: 'crash', services: { web } }, null, 2));
  return withMeter(work, async (meter) => {
    await meter.finish(msvcCommand(work, 'up', '-d', '--wait'), { cwd });
    const events = followEvents(work, cwd);
    try {
      await events.find(() => true);
      const load = startLoad(`${await gatewayUrl(work, cwd)}/`, CONNECTIONS);
      const kills: Kill[] = [];
      for (const { pid, replica } of await instances(work, cwd)) {
        await pause(500);
        const killedAt = performance.timeOrigin + performance.now();
        process.kill(pid, 'SIGKILL');
        const next = (type: string) =>
          events.find((event) => {
            return event.type === type && event.at >= Math.floor(killedAt) && isReplica(event.instance, replica);
          });
        const exited = await next('instance.exited');
        const delay = await next('instance.backing-off');
        const ready = await next('instance.ready');
        kills.push({
          outMs: Math.max(0, exited.at - killedAt),
          backMs: ready.at - exited.at - (delay.delayMs ?? 0),
        });
      }
      return { kills, load: await load.stop() };
    } finally {
      events.stop();
      await meter.finish(msvcCommand(work, 'down'), { cwd });
      await meter.end(5_000);
    }
  });
}

/** `web.2@1` is of replica 2. */
function isReplica(instance: string | undefined, replica: number): boolean {
  return instance?.startsWith(`web.${replica}@`) ?? false;
}
