/**
 * Brings a project's engine up, or finds the one that runs already. Used by commands; holds no state but the process
 * that stands by.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MsvcError } from '../model/error.ts';
import { Client } from './client.ts';
import { engineEnvironment } from './engine-environment.ts';
import { engineLog, FIRST_CONNECTION, type Start } from './engine-start.ts';
import { socketPath } from './locate.ts';

/** Another command may be starting or ending an engine at this moment: that takes a moment, not a minute. */
const ATTEMPTS = 100;
const PAUSE_MS = 50;

/**
 * An engine's process that has not been told which project it is for. Node needs tens of milliseconds to begin, which
 * pass while the definition is read. It ends by itself when this command ends without having told it.
 */
export class StandbyEngine {
  readonly dir: string;
  readonly #child: ChildProcess;

  /**
   * @param dir the project's folder, by its real path
   * @param log for what Node itself says when it dies; null where it is not known yet: the engine opens it then, before
   *   it begins its thread
   */
  constructor(dir: string, log: string | null = null) {
    this.dir = dir;
    const output = log === null ? null : openLog(log);
    // Without flags for V8: one with a number makes Node 20 compile its own modules, cached for its defaults, anew.
    // That is half of what the gateway's thread needs to come up.
    const main = fileURLToPath(new URL('../control/engine-main.cjs', import.meta.url));
    this.#child = spawn(process.execPath, [main], {
      cwd: dir,
      env: engineEnvironment(process.env),
      detached: true,
      stdio: ['pipe', output ?? 'ignore', output ?? 'ignore', 'pipe'],
    });
    if (output !== null) closeSync(output);
    // A process that could not be had shows in that it has gone.
    this.#child.on('error', () => {});
    this.#child.stdin?.on('error', () => {});
    this.#connection?.on('error', () => {});
    this.#child.unref();
  }

  /** Node gives a child no `stdio` at all when this process has no descriptor left. */
  get #connection(): Socket | undefined {
    const stdio = this.#child.stdio as ChildProcess['stdio'] | undefined;
    return stdio?.[FIRST_CONNECTION] as Socket | undefined;
  }

  /**
   * Resolves when the engine listens; with null when it found another one holding the project. Without one its process
   * has gone by then.
   * @throws MsvcError MSVC_ENGINE_START_FAILED when it died before it was told, or before it answered; and what kept it
   *   from starting
   */
  async begin({ name, dir, stateDir, file }: Start): Promise<Client | null> {
    this.#child.stdin?.end(JSON.stringify({ name, dir, stateDir, file } satisfies Start));
    let client: Client | null = null;
    try {
      if (!this.#connection) throw new MsvcError('MSVC_ENGINE_LOST', 'there is no process to talk to');
      client = await Client.first(this.#connection);
      return client;
    } catch (error) {
      if (!(error instanceof MsvcError) || error.code !== 'MSVC_ENGINE_LOST') throw error;
      throw new MsvcError('MSVC_ENGINE_START_FAILED', 'the engine ended before it answered', {
        facts: { log: engineLog(stateDir) },
      });
    } finally {
      // It has said why, and ends by itself.
      if (!client) await this.#gone();
    }
  }

  /** It is not needed. Resolves when it has gone. */
  async dismiss(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone();
  }

  async #gone(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    this.#child.ref();
    await once(this.#child, 'exit');
  }
}

/**
 * @param standby of this folder, begun earlier; used, or dismissed; where it died, another one is begun
 * @throws MsvcError MSVC_ENGINE_START_FAILED, MSVC_ENGINE_VERSION, MSVC_STATE_UNWRITABLE, MSVC_DISK_FULL,
 *   MSVC_RUNTIME_DIR_UNSAFE
 */
export async function ensureEngine(
  project: Start,
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
    const stoodBy = ready;
    ready = null;
    try {
      const engine = stoodBy ?? new StandbyEngine(project.dir, engineLog(project.stateDir));
      const begun = await engine.begin(project);
      if (begun) return { client: begun, started: true };
    } catch (error) {
      // It may have died while it stood by, of what has nothing to do with this project.
      if (!stoodBy || !(error instanceof MsvcError) || error.code !== 'MSVC_ENGINE_START_FAILED') throw error;
    }
    await pause(PAUSE_MS);
  }
  throw new MsvcError('MSVC_ENGINE_START_FAILED', 'another engine holds the project and does not answer', {
    facts: { socket },
  });
}

/** @returns null where it cannot be opened: nothing ran there yet, or it is for the engine to say what is wrong */
function openLog(file: string): number | null {
  try {
    return openSync(file, 'a', 0o600);
  } catch {
    return null;
  }
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
