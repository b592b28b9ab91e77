/** Brings a project's engine up, or finds the one that runs already. Used by commands; holds no state. */
import { setTimeout as pause } from 'node:timers/promises';
import { MsvcError } from '../model/error.ts';
import { Client } from './client.ts';
import { engineLog, type Start } from './engine-start.ts';
import { socketPath } from './locate.ts';
import { StandbyEngine } from './standby-engine.ts';

/** Another command may be starting or ending an engine at this moment: that takes a moment, not a minute. */
const ATTEMPTS = 100;
const PAUSE_MS = 50;

/**
 * @param standby of this folder, begun earlier; used, or dismissed; where it died, another one is begun
 * @param atOnce of each engine that is begun, before it is known whether it comes up: what is asked then costs no further
 *   round trip
 * @throws MsvcError MSVC_ENGINE_START_FAILED, MSVC_ENGINE_VERSION, MSVC_STATE_UNWRITABLE, MSVC_DISK_FULL,
 *   MSVC_RUNTIME_DIR_UNSAFE, MSVC_FOLDER_IN_USE
 */
export async function ensureEngine(
  project: Start,
  standby: StandbyEngine | null = null,
  atOnce: (client: Client) => void = () => {},
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
      const begun = await begin(engine, project, atOnce);
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

/**
 * Resolves when the engine listens; with null when it found another one holding the project. Without a client its
 * process has gone by then.
 * @throws MsvcError MSVC_ENGINE_START_FAILED when it died before it was told, or before it answered; and what kept it
 *   from starting
 */
async function begin(engine: StandbyEngine, start: Start, atOnce: (client: Client) => void): Promise<Client | null> {
  let client: Client | null = null;
  try {
    const connection = engine.tell(start);
    if (!connection) throw new MsvcError('MSVC_ENGINE_LOST', 'there is no process to talk to');
    client = await Client.first(connection, atOnce);
    return client;
  } catch (error) {
    if (!(error instanceof MsvcError) || error.code !== 'MSVC_ENGINE_LOST') throw error;
    throw new MsvcError('MSVC_ENGINE_START_FAILED', 'the engine ended before it answered', {
      facts: { log: engineLog(start.stateDir) },
    });
  } finally {
    // It has said why, and ends by itself.
    if (!client) await engine.gone();
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
