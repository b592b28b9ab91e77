/**
 * A file is saved: how long until the new version serves, beyond the time that the service itself needs to start, and
 * how many requests fail meanwhile. The service is an ordinary one in Node.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { atMost, type Bench, type BenchContext } from './harness/bench.ts';
import { askUntil, Client } from './harness/client.ts';
import { withMeter } from './harness/meter.ts';
import { gatewayUrl } from './harness/msvc-json.ts';
import { freeStretch } from './harness/ports.ts';
import { interleave, pick } from './harness/rounds.ts';
import { median, spread } from './harness/stats.ts';
import type { Workspace } from './harness/workspace.ts';
import { msvcCommand, msvcMissing } from './systems/msvc.ts';
import { pm2Command, pm2Environment, pm2Missing } from './systems/pm2.ts';
import { CTRL_C, type Plan } from './systems/system.ts';

interface Round {
  readonly savedToServingMs: number;
  readonly failed: number;
}

interface Reloader {
  readonly name: string;
  missing(work: Workspace): string | undefined;
  plan(work: Workspace, dir: string, port: number): Plan;
  /** Where a client asks; the service's own port unless there is a gateway. */
  url?(work: Workspace, dir: string): Promise<string>;
}

const NODE_WATCH: Reloader = {
  name: 'node --watch',
  missing: () => undefined,
  plan: (_work, dir, port) => ({
    start: [process.execPath, '--watch', 'server.mjs'],
    stop: { key: CTRL_C },
    cwd: dir,
    env: { PORT: String(port) },
    detached: false,
  }),
};

const PM2_WATCH: Reloader = {
  name: 'pm2 with watch',
  missing: pm2Missing,
  plan: (work, dir, port) => {
    const config = path.join(dir, 'ecosystem.config.json');
    const app = { name: 'web', script: 'server.mjs', cwd: dir, watch: ['version.mjs'], env: { PORT: String(port) } };
    writeFileSync(config, JSON.stringify({ apps: [app] }));
    return {
      start: [...pm2Command(work), 'start', config],
      stop: { command: [...pm2Command(work), 'kill'] },
      cwd: dir,
      env: pm2Environment(path.join(dir, 'pm2')),
      detached: true,
    };
  },
};

const MSVC: Reloader = {
  name: 'msvc',
  missing: msvcMissing,
  plan: (work, dir) => {
    const web = {
      command: ['node', 'server.mjs'],
      route: '/',
      healthcheck: { http: '/' },
      develop: { watch: [{ path: '.', action: 'restart' }] },
    };
    writeFileSync(path.join(dir, 'msvc.yaml'), JSON.stringify({ name: 'reload', services: { web } }, null, 2));
    return {
      start: msvcCommand(work, 'up', '-d', '--wait'),
      stop: { command: msvcCommand(work, 'down') },
      cwd: dir,
      env: {},
      detached: true,
    };
  },
  url: gatewayUrl,
};

const SAVES = 3;

export const reload: Bench = {
  id: 'reload',
  run: async (context) => {
    const { work } = context;
    const reloaders = [NODE_WATCH, PM2_WATCH, MSVC];
    const usable = reloaders.filter((reloader) => reloader.missing(work) === undefined);
    const ownStart = 'the service started by itself';
    const measured = await interleave<Round[]>(
      [
        { name: ownStart, measure: () => measureOwnStart(context) },
        ...usable.map((reloader) => ({ name: reloader.name, measure: () => measure(context, reloader) })),
      ],
      context.rounds(4, 1),
      context.note,
    );
    const saves = (name: string, of: (round: Round) => number): number[] =>
      pick(measured.get(name), (rounds) => rounds).flatMap((rounds) => rounds.map(of));
    const serving = (name: string): number[] => saves(name, (round) => round.savedToServingMs);
    const alone = median(serving(ownStart));
    return {
      title: 'Save to serving',
      about: [
        'From writing a file of a Node service to the first answer of its new version (msvc: through the gateway, start ' +
          'first, probed), with one client asking all the time. *Beyond its own start*: less what the service needs from ' +
          'its launch to its first answer. *Failed*: requests that got no good answer, for each save.',
      ],
      tables: [
        {
          caption: 'ms: median (lowest-highest)',
          columns: ['', 'saved to serving', 'beyond its own start', 'failed'],
          rows: [
            [ownStart, spread(serving(ownStart)), '-', '-'],
            ...usable.map(({ name }) => [
              name,
              spread(serving(name)),
              spread(serving(name).map((ms) => ms - alone)),
              spread(saves(name, (round) => round.failed)),
            ]),
          ],
        },
      ],
      goals: [
        atMost('Save to serving, beyond its own start', median(serving(MSVC.name)) - alone, 150, 'ms'),
        atMost('Requests failed, all saves', sum(saves(MSVC.name, (round) => round.failed)), 0, '', 0),
      ],
      skipped: reloaders.flatMap((reloader) => {
        const why = reloader.missing(work);
        return why === undefined ? [] : [`${reloader.name}: ${why}`];
      }),
    };
  },
};

function sum(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((total, value) => total + value, 0);
}

let edition = 0;

/** @returns what the service answers from its next start on. */
function save(dir: string): string {
  const version = `v${++edition}`;
  writeFileSync(path.join(dir, 'version.mjs'), `export const version = '${version}';\n`);
  return version;
}

function serviceFolder(work: Workspace, name: string): string {
  const dir = work.folder(`reload/${name.replace(/\W+/g, '-')}`);
  copyFileSync(work.fixture('server.mjs'), path.join(dir, 'server.mjs'));
  return dir;
}

async function measureOwnStart({ work }: BenchContext): Promise<Round[]> {
  const dir = serviceFolder(work, 'alone');
  const starts: Round[] = [];
  for (let time = 0; time < SAVES; time++) {
    save(dir);
    starts.push(
      await withMeter(work, async (meter) => {
        meter.expect(1);
        const env = { PORT: String(freeStretch(1)) };
        const started = await meter.run([process.execPath, 'server.mjs'], { cwd: dir, env });
        const answering = await meter.wait('answering');
        await meter.end(0);
        return { savedToServingMs: (answering.atUs - started.atUs) / 1000, failed: 0 };
      }),
    );
  }
  return starts;
}

async function measure({ work }: BenchContext, reloader: Reloader): Promise<Round[]> {
  const dir = serviceFolder(work, reloader.name);
  const port = freeStretch(1);
  const first = save(dir);
  const plan = reloader.plan(work, dir, port);
  return withMeter(work, async (meter) => {
    meter.expect(1);
    await meter.run(plan.start, plan);
    await meter.wait('answering');
    if (plan.detached) await meter.wait('exited');
    const client = new Client(reloader.url ? `${await reloader.url(work, dir)}/` : `http://127.0.0.1:${port}/`);
    await askUntil(client, first);
    const rounds: Round[] = [];
    for (let time = 0; time < SAVES; time++) {
      // Past everybody's debouncing and settling of the start before.
      await pause(1_500);
      const savedAt = performance.now();
      const { atMs, failed } = await askUntil(client, save(dir));
      rounds.push({ savedToServingMs: atMs - savedAt, failed });
    }
    client.close();
    if ('command' in plan.stop) await meter.finish(plan.stop.command, plan);
    else await meter.key(plan.stop.key);
    await meter.end(5_000);
    return rounds;
  });
}
