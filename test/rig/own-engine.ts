/**
 * A container engine of a test's own: its own folders, socket and bridge, beside whatever engine the machine has, to be
 * stopped, killed and started again. It makes no network rules and never goes without a bridge: it would sweep away the
 * other engine's rules, and its `docker0`.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { engine, IMAGE } from './containers.ts';
import { lacks } from './skip.ts';
import { eventually } from './wait.ts';

export interface OwnEngineOptions {
  /** Containers run on while the engine is away. */
  readonly liveRestore?: boolean;
}

/** @returns the reason for `skipIf` */
export function lacksOwnEngine(): string | false {
  const missing = lacks('dockerd', 'ip', 'umount');
  if (missing !== false) return missing;
  return process.getuid?.() === 0 ? false : 'an engine of its own needs root';
}

export class OwnEngine {
  readonly docker: Docker;
  readonly #dir: string;
  readonly #bridge = `msvct${process.pid % 1_000_000}`;
  readonly #options: OwnEngineOptions;
  #process: ChildProcess | null = null;

  private constructor(dir: string, options: OwnEngineOptions) {
    this.#dir = dir;
    this.#options = options;
    this.docker = new Docker({ socketPath: this.socket, host: undefined } as Docker.DockerOptions);
  }

  /** With the test image in it. */
  static async open(options: OwnEngineOptions = {}): Promise<OwnEngine> {
    const own = new OwnEngine(mkdtempSync(path.join(tmpdir(), 'msvc-engine-')), options);
    try {
      writeFileSync(path.join(own.#dir, 'none.json'), '{}');
      own.#makeBridge();
      await own.start();
      const archive = await engine().getImage(IMAGE).get();
      await text((await own.docker.loadImage(archive)) as unknown as AsyncIterable<string> & NodeJS.ReadableStream);
      return own;
    } catch (error) {
      await own[Symbol.asyncDispose]();
      throw error;
    }
  }

  get socket(): string {
    return path.join(this.#dir, 'docker.sock');
  }

  get host(): string {
    return `unix://${this.socket}`;
  }

  #makeBridge(): void {
    const ip = (...args: readonly string[]): void => void execFileSync('ip', args, { stdio: 'pipe' });
    ip('link', 'add', this.#bridge, 'type', 'bridge');
    ip('addr', 'add', `10.213.${process.pid % 250}.1/24`, 'dev', this.#bridge);
    ip('link', 'set', this.#bridge, 'up');
  }

  async start(): Promise<void> {
    const at = (name: string): string => path.join(this.#dir, name);
    const child = spawn(
      'dockerd',
      [
        ...['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid'), '--host', this.host],
        ...[
          '--storage-driver',
          'vfs',
          '--bridge',
          this.#bridge,
          '--iptables=false',
          '--ip6tables=false',
          '--ip-masq=false',
        ],
        // Nothing of the machine's own configuration.
        ...['--config-file', at('none.json')],
        ...(this.#options.liveRestore ? ['--live-restore'] : []),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#process = child;
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2_000);
    });
    await eventually('an engine of its own to answer', async () => {
      if (child.exitCode !== null) throw new Error(`dockerd ended:\n${said}`);
      return this.docker.ping().then(
        () => true,
        () => false,
      );
    });
  }

  /** SIGTERM stops its containers too, unless it restores them; SIGKILL leaves them to run. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    // Its helper goes with it; the next one must not take its number, or its corpse's, for a helper that runs.
    const file = path.join(this.#dir, 'exec/containerd/containerd.pid');
    const helper = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    await eventually('its helper to be gone', () => helper === 0 || !runs(helper));
    for (const stale of [file, path.join(this.#dir, 'pid')]) rmSync(stale, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Bridges of a test that failed would outlive it, and shadow the addresses of other engines' networks.
    const networks = await this.docker.listNetworks().catch(() => []);
    const bridges = networks.filter(({ Driver, Name }) => Driver === 'bridge' && Name !== 'bridge');
    await this.stop('SIGTERM');
    for (const bridge of [this.#bridge, ...bridges.map(({ Id }) => `br-${Id.slice(0, 12)}`)]) {
      spawnSync('ip', ['link', 'delete', bridge]);
    }
    for (const pid of processesNaming(this.#dir)) process.kill(pid, 'SIGKILL');
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((at) => at.startsWith(`${this.#dir}/`));
    for (const at of mounts.reverse()) spawnSync('umount', ['-l', at]);
    rmSync(this.#dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Neither gone nor a corpse that nobody has taken away. */
function runs(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

function processesNaming(dir: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!(pid > 0) || pid === process.pid) return false;
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`${dir}/`);
      } catch {
        return false;
      }
    });
}
