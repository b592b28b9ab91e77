/**
 * The engine's process once its project is its own: starts the engine, opens the control socket, answers the command
 * that began it, and stays until it is told to go. Signals mean `down`; a bug is written down before it ends the
 * process (the guardian then ends the services). Owns the project's record and its lock.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import path from 'node:path';
import type { Thread } from '../gateway/thread.ts';
import { errorData, MsvcError } from '../model/error.ts';
import { VERSION } from '../model/version.ts';
import { leave } from '../runtime/children/leave.ts';
import { type Lock, removeDeadDrafts } from '../runtime/lock-file.ts';
import { startTimeOf } from '../runtime/process-table.ts';
import { removeFile } from '../runtime/remove-file.ts';
import { Engine } from './engine.ts';
import { FIRST_CONNECTION, START_REQUEST, type Start, type Started, wentWrong } from './engine-start.ts';
import type { EventLog } from './event-log.ts';
import { frame } from './frames.ts';
import { collectYoungNow } from './garbage-collection.ts';
import { handlers } from './handlers.ts';
import { type EngineRecord, listEngines, recordPath, socketPath } from './locate.ts';
import { ControlServer } from './server.ts';

/** Nobody has asked for anything, and whoever started this engine has gone: another one may be on its way to it. */
const UNCLAIMED_MS = 1_000;

/** Nothing has happened for so long: nobody waits for this process. */
const QUIET_MS = 100;

function whenQuiet(events: EventLog, act: () => void): void {
  const timer = setTimeout(() => {
    ignore();
    act();
  }, QUIET_MS).unref();
  const ignore = events.subscribe(() => timer.refresh());
}

/** Two systems that share a state folder would share databases, logs and ports. @throws MsvcError MSVC_FOLDER_IN_USE */
function assertAlone({ name, stateDir }: Start): void {
  const other = listEngines().find((engine) => engine.stateDir === stateDir);
  if (other === undefined) return;
  throw new MsvcError('MSVC_FOLDER_IN_USE', `the system of this folder runs as ${other.name}`, {
    facts: { project: name, running: other.name, pid: other.pid },
  });
}

/** @param thread the gateway's, begun already. Never rejects: what goes wrong is told to the command that waits. */
export async function runEngine(start: Start, lock: Lock, thread: Thread): Promise<void> {
  const socket = socketPath(start.name, start.dir);
  const record = recordPath(start.name, start.dir);
  const staleSocket = existsSync(socket);
  rmSync(socket, { force: true });
  removeDeadDrafts(path.dirname(record));
  const run = randomBytes(6).toString('hex');
  const first = new Socket({ fd: FIRST_CONNECTION, readable: true, writable: true });
  first.on('error', () => {
    // The command that began us has gone; the engine ends by itself if nobody else comes.
  });
  let server: ControlServer | null = null;
  const end = async (alone: Promise<unknown>): Promise<void> => {
    const done = await Promise.allSettled([removeFile(record), server?.leave(), alone]);
    for (const one of done) if (one.status === 'rejected') process.stderr.write(wentWrong(one.reason));
    lock.release();
    leave(0);
  };
  try {
    assertAlone(start);
    const engine = await Engine.start({ ...start, run, staleSocket, thread }, (alone) => void end(alone));
    const isUnclaimed = (): boolean =>
      engine.system.services.length === 0 && !engine.leases.wanted && server?.connections === 0;
    server = new ControlServer(handlers(engine, { name: start.name, dir: start.dir }), {
      onAlone: () => setTimeout(() => isUnclaimed() && void engine.down('failure', {}), UNCLAIMED_MS).unref(),
      // Who hears that an instance has gone, and sends a request for that reason, meets a gateway that knows.
      beforeItems: () => engine.gateway.flush(),
    });
    await server.listen(socket);
    const writeRecord = (): void => {
      const content: EngineRecord = {
        ...start,
        pid: process.pid,
        startTime: startTimeOf(process.pid) ?? '',
        socket,
        version: VERSION,
        run,
        startedAt: Date.now(),
        gateway: engine.gatewayUrl,
      };
      const draft = `${record}.${process.pid}.new`;
      writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
      renameSync(draft, record);
    };
    writeRecord();
    engine.events.subscribe((event) => {
      if (event.type === 'gateway.listening') writeRecord();
    });
    whenQuiet(engine.events, () => {
      // Node makes it when the first socket is closed, which would be in the middle of the end: two milliseconds.
      void process.stderr;
      collectYoungNow();
    });
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => void engine.down('signal', {}));
    }
    first.write(frame({ id: START_REQUEST, result: { started: true } satisfies Started }));
    server.serve(first);
  } catch (error) {
    rmSync(record, { force: true });
    rmSync(socket, { force: true });
    lock.release();
    first.once('close', () => process.exit(1));
    first.end(frame({ id: START_REQUEST, error: errorData(error) }), () => first.destroy());
  }
}
