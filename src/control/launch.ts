/**
 * Brings a project's engine up, or finds the one that runs already. Used by commands; holds no state but the process
 * that stands by.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ErrorData, MsvcError } from '../model/error.ts';
import { Client } from './client.ts';
import { engineEnvironment } from './engine-environment.ts';
import { socketPath } from './locate.ts';

export interface EngineProject {
  readonly name: string;
  readonly dir: string;
  readonly stateDir: string;
  readonly file: string;
}

/** Another command may be starting or ending an engine at this moment: that takes a moment, not a minute. */
const ATTEMPTS = 100;
const PAUSE_MS = 50;

/**
 * V8 shrinks the young generation of a process that does little to 1 MB and then collects it every second, with helper
 * threads: a third of what an idle engine used. So much room (MB, twice) it keeps.
 */
const ENGINE_FLAGS = ['--min-semi-space-size=4'];

/**
 * An engine's process that has not been told which project it is for. Node needs tens of milliseconds to begin, which
 * pass while the definition is read. It ends by itself when this command ends without having told it.
 */
export class StandbyEngine {
  readonly dir: string;
  readonly #child: ChildProcess;

  /** @param dir the project's folder, by its real path */
  constructor(dir: string) {
    this.dir = dir;
    const main = fileURLToPath(new URL('../control/engine-main.cjs', import.meta.url));
    this.#child = spawn(process.execPath, [...ENGINE_FLAGS, main], {
      cwd: dir,
      env: engineEnvironment(process.env),
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    });
    // A process that could not be had shows in that it never answers.
    this.#child.on('error', () => {});
    this.#child.stdin?.on('error', () => {});
    this.#child.unref();
  }

  /** Resolves when the engine listens, or when it found another one holding the project. */
  async begin(project: EngineProject): Promise<'started' | 'other'> {
    const { name, dir, stateDir, file } = project;
    this.#child.stdin?.end(JSON.stringify({ name, dir, stateDir, file }));
    const said = await text(this.#child.stdio[3] as Readable).catch(() => '');
    const answer = said === '' ? {} : (JSON.parse(said) as { ok?: true; running?: true; error?: ErrorData });
    if (answer.ok) return 'started';
    if (answer.running) return 'other';
    if (answer.error) throw MsvcError.fromData(answer.error);
    throw new MsvcError('MSVC_ENGINE_START_FAILED', 'the engine ended before it answered', {
      facts: { log: path.join(stateDir, 'engine.log') },
    });
  }

  /** It is not needed. Resolves when it has gone. */
  async dismiss(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.ref();
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/**
 * @param standby of this folder, begun earlier; used, or dismissed
 * @throws MsvcError MSVC_ENGINE_START_FAILED, MSVC_ENGINE_VERSION, MSVC_STATE_UNWRITABLE, MSVC_DISK_FULL,
 *   MSVC_RUNTIME_DIR_UNSAFE
 */
export async function ensureEngine(
  project: EngineProject,
  standby: StandbyEngine | null = null,
): Promise<{ client: Client; started: boolean }> {
  const socket = socketPath(project.name, project.dir);
  let ready = standby?.dir === project.dir ? standby : null;
  if (ready !== standby) await standby?.dismiss();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const client = await tryConnect(socket, ready);
    if (client) {
      await ready?.dismiss();
      return { client, started: false };
    }
    const engine = ready ?? new StandbyEngine(project.dir);
    ready = null;
    if ((await engine.begin(project)) === 'started') return { client: await Client.connect(socket), started: true };
    await pause(PAUSE_MS);
  }
  throw new MsvcError('MSVC_ENGINE_START_FAILED', 'another engine holds the project and does not answer', {
    facts: { socket },
  });
}

async function tryConnect(socket: string, standby: StandbyEngine | null): Promise<Client | null> {
  try {
    return await Client.connect(socket);
  } catch (error) {
    if (!(error instanceof MsvcError) || error.code === 'MSVC_ENGINE_LOST') return null;
    await standby?.dismiss();
    throw error;
  }
}
