/**
 * What a system goes through in a day of work, one thing at a time and at random: a save, scaling, a restart, a replica
 * killed with SIGKILL, a client that leaves. Each resolves when the system is whole again. Shared by the long soak and
 * by its short form.
 */
import { request } from 'node:http';
import type { PsJson } from '../../src/cli/json-contract.ts';
import type { FollowedEvents } from '../rig/followed-events.ts';
import type { Reply } from '../rig/http.ts';
import type { Load, LoadReport } from '../rig/load.ts';
import type { Rig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';
import type { Random } from './random.ts';

export type Hardship = 'save' | 'scale' | 'restart' | 'kill' | 'leave';

export const SYSTEM = {
  'app/version.txt': '0\n',
  'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}", --version-file, version.txt]
    working_dir: app
    route: /
    replicas: 2
    calls: [api]
    develop: { watch: [{ path: app, action: restart }] }
  api: { command: [node, "\${PUPPET}"], replicas: 2, healthcheck: { http: /healthz } }
`,
};

/** Five failures of an instance within a minute are a crash loop, which is another matter. */
const KILLS_A_MINUTE = 3;
const MINUTE_MS = 60_000;

export class Hardships {
  /** How often each has truly happened. */
  readonly counts: Record<Hardship, number> = { save: 0, scale: 0, restart: 0, kill: 0, leave: 0 };
  /** From a client's leaving to the moment its service was told, milliseconds; both ends' event loops included. */
  readonly leaveMs: number[] = [];
  readonly #rig: Rig;
  readonly #events: FollowedEvents;
  readonly #random: Random;
  readonly #kills = new Map<string, number[]>();
  readonly #perSecond: number;
  #loads: readonly Load[] = [];
  /** Notices of streams that have been reckoned with. */
  readonly #closed = new Set<object>();
  #version = 0;

  private constructor(rig: Rig, events: FollowedEvents, random: Random, perSecond: number) {
    this.#rig = rig;
    this.#events = events;
    this.#random = random;
    this.#perSecond = perSecond;
  }

  /** The system is up; load is put on it: kept and fresh connections, through the public port and through an edge. */
  static async begin(rig: Rig, events: FollowedEvents, random: Random, perSecond: number): Promise<Hardships> {
    const hardships = new Hardships(rig, events, random, perSecond);
    await hardships.resume();
    return hardships;
  }

  /** After `end`: the same load once more. */
  async resume(): Promise<void> {
    const [rig, perSecond] = [this.#rig, this.#perSecond];
    // From the service itself, and not from a stranger on its port.
    const own = (reply: Reply): boolean => reply.status === 200 && /^web\./.test(String(reply.headers['x-puppet']));
    const called = (reply: Reply): boolean => own(reply) && reply.json<{ status?: number }>().status === 200;
    this.#loads = await Promise.all([
      rig.load('/call?service=api&path=/', { perSecond: perSecond * 0.4, good: called }),
      rig.load('/?ms=20', { perSecond: perSecond * 0.4, good: own }),
      rig.load('/', { perSecond: perSecond * 0.2, keepAlive: false, good: own }),
    ]);
  }

  /** One of that kind, where there is somebody whom it can befall. */
  async one(kind: Hardship): Promise<void> {
    if (await this.#happen(kind)) this.counts[kind]++;
  }

  /** As in the beginning: for a look at its size. */
  async settle(): Promise<void> {
    await this.#rig.ok(['scale', 'web=2', 'api=2']);
    await eventually('two replicas each, all ready', async () => {
      const rows = await this.#rig.ps();
      return rows.length === 4 && rows.every(({ state }) => state === 'ready');
    });
  }

  /** Takes the load off. @returns what has become of it since it was put on */
  async end(): Promise<LoadReport> {
    const reports = await Promise.all(this.#loads.map((load) => load.stop()));
    return {
      ok: reports.reduce((sum, { ok }) => sum + ok, 0),
      failed: reports.flatMap(({ failed }) => failed),
      statuses: {},
      servedBy: {},
    };
  }

  async #happen(kind: Hardship): Promise<boolean> {
    const rig = this.#rig;
    const after = this.#events.all.at(-1)?.seq ?? 0;
    const service = this.#random.of(['web', 'api'] as const);
    switch (kind) {
      case 'save':
        rig.write('app/version.txt', `${++this.#version}\n`);
        await this.#events.until('rollout.finished', { service: 'web' }, after);
        return true;
      case 'scale': {
        const now = (await rig.ps()).filter((row) => row.service === service).length;
        // One to four, and never as many as there are.
        await rig.ok(['scale', `${service}=${1 + ((now + this.#random.below(3)) % 4)}`]);
        return true;
      }
      case 'restart': {
        await rig.ok(['restart', service]);
        await this.#events.until('instance.ready', { service }, after);
        return true;
      }
      case 'kill':
        return this.#kill(after);
      case 'leave':
        await this.#leave();
        return true;
    }
  }

  /** Any replica, the only one of its service too: its requests are repeated elsewhere, or wait for it. */
  async #kill(after: number): Promise<boolean> {
    const now = Date.now();
    const rows = (await this.#rig.ps()).filter((row) => {
      const lately = (this.#kills.get(nameOf(row)) ?? []).filter((at) => now - at < MINUTE_MS);
      this.#kills.set(nameOf(row), lately);
      return row.state === 'ready' && lately.length < KILLS_A_MINUTE;
    });
    if (rows.length === 0) return false;
    const victim = this.#random.of(rows);
    try {
      process.kill(victim.pid as number, 'SIGKILL');
    } catch (error) {
      // It has ended since, for a reason of its own.
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
      throw error;
    }
    this.#kills.get(nameOf(victim))!.push(now);
    const of = { service: victim.service, replica: victim.replica as number };
    const exited = await this.#events.until('instance.exited', of, after);
    await this.#events.until('instance.ready', of, exited.seq);
    return true;
  }

  /** A client goes away in the middle of a stream of events. */
  async #leave(): Promise<void> {
    const asked = request(await this.#rig.url('/sse'), { agent: false });
    asked.on('error', () => {});
    const who = await new Promise<string>((resolve, reject) => {
      asked.once('response', (response) => {
        response.on('error', () => {});
        resolve(String(response.headers['x-puppet']));
      });
      asked.once('error', reject);
      asked.end();
    });
    const pid = Number(who.split(' ')[1]);
    // The latest of that pid: pids come round.
    const puppet = this.#rig.launches('web').findLast((one) => one.pid === pid)!;
    const told = puppet.notice('stream-closed', (notice) => !this.#closed.has(notice));
    const left = performance.now();
    asked.destroy();
    this.#closed.add(await told);
    this.leaveMs.push(performance.now() - left);
  }
}

function nameOf({ service, replica }: PsJson): string {
  return `${service}.${replica}`;
}
