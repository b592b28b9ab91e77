/** Brings a project's engine up, or finds the one that runs already. Used by commands; holds no state. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ErrorData, MsvcError } from '../model/error.ts';
import { Client } from './client.ts';
import { socketPath } from './locate.ts';
import { stateDirError } from './state-dir.ts';

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
 * @throws MsvcError MSVC_ENGINE_START_FAILED, MSVC_ENGINE_VERSION, MSVC_STATE_UNWRITABLE, MSVC_DISK_FULL,
 *   MSVC_RUNTIME_DIR_UNSAFE
 */
export async function ensureEngine(project: EngineProject): Promise<{ client: Client; started: boolean }> {
  const socket = socketPath(project.name, project.dir);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const client = await tryConnect(socket);
    if (client) return { client, started: false };
    if ((await spawnEngine(project)) === 'started') {
      return { client: await Client.connect(socket), started: true };
    }
    await pause(PAUSE_MS);
  }
  throw new MsvcError('MSVC_ENGINE_START_FAILED', 'another engine holds the project and does not answer', {
    facts: { socket },
  });
}

async function tryConnect(socket: string): Promise<Client | null> {
  try {
    return await Client.connect(socket);
  } catch (error) {
    if (error instanceof MsvcError && error.code !== 'MSVC_ENGINE_LOST') throw error;
    return null;
  }
}

/** Resolves when the engine listens, or when it found another one holding the project. */
async function spawnEngine(project: EngineProject): Promise<'started' | 'other'> {
  const { name, dir, stateDir, file } = project;
  const log = openLog(stateDir);
  const main = fileURLToPath(new URL('../control/engine-main.cjs', import.meta.url));
  const child = spawn(process.execPath, [main, JSON.stringify({ name, dir, stateDir, file })], {
    cwd: dir,
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
  });
  closeSync(log);
  child.unref();
  const said = await text(child.stdio[3] as Readable).catch(() => '');
  const answer = said === '' ? {} : (JSON.parse(said) as { ok?: true; running?: true; error?: ErrorData });
  if (answer.ok) return 'started';
  if (answer.running) return 'other';
  if (answer.error) throw MsvcError.fromData(answer.error);
  throw new MsvcError('MSVC_ENGINE_START_FAILED', 'the engine ended before it answered', {
    facts: { log: path.join(stateDir, 'engine.log') },
  });
}

function openLog(stateDir: string): number {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    return openSync(path.join(stateDir, 'engine.log'), 'a', 0o600);
  } catch (error) {
    throw stateDirError(error, stateDir);
  }
}
