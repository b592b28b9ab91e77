/**
 * The engine's process: is told its project on standard input, takes the project's lock, opens the control socket, says on descriptor 3 that it is there,
 * and stays until it is told to go. Signals mean `down`; a bug is written down before it ends the process (the
 * guardian then ends the services).
 */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { errorData } from '../model/error.ts';
import { VERSION } from '../model/version.ts';
import { takeLock } from '../runtime/lock-file.ts';
import { startTimeOf } from '../runtime/process-table.ts';
import { Engine } from './engine.ts';
import { handlers } from './handlers.ts';
import { type EngineRecord, recordPath, socketPath } from './locate.ts';
import { ControlServer } from './server.ts';
import { prepareStateDir } from './state-dir.ts';

interface Start {
  readonly name: string;
  readonly dir: string;
  readonly stateDir: string;
  readonly file: string;
}

/** Nobody ever asked for anything: whoever started this engine has died. */
const UNCLAIMED_MS = 15_000;

function say(answer: object): void {
  try {
    writeSync(3, JSON.stringify(answer));
    closeSync(3);
  } catch {
    // The command that started us has gone; the engine ends by itself if nobody else comes.
  }
}

/** Waits for it. @returns null when the command that began this process has ended without a word */
function told(): Start | null {
  const text = readFileSync(0, 'utf8');
  return text === '' ? null : (JSON.parse(text) as Start);
}

/**
 * What Node itself writes when it dies goes to this file. Before any thread runs: a file that is opened gets the lowest
 * number that is free, which is the one just closed.
 */
function keepLastWords(file: string): void {
  for (const fd of [1, 2]) {
    closeSync(fd);
    openSync(file, 'a', 0o600);
  }
}

async function main(): Promise<void> {
  const start = told();
  if (start === null) return;
  process.title = `msvc engine of ${start.name}`;
  const socket = socketPath(start.name, start.dir);
  const record = recordPath(start.name, start.dir);
  const lock = takeLock(`${record}.lock`);
  if (!lock) {
    say({ running: true });
    return;
  }
  const staleSocket = existsSync(socket);
  rmSync(socket, { force: true });
  const run = randomBytes(6).toString('hex');
  let server: ControlServer | null = null;
  const leave = async (): Promise<void> => {
    rmSync(record, { force: true });
    await server?.close();
    lock.release();
    process.exit(0);
  };
  try {
    prepareStateDir(start.stateDir);
    keepLastWords(path.join(start.stateDir, 'engine.log'));
    const engine = await Engine.start({ ...start, run, staleSocket }, () => void leave());
    server = new ControlServer(handlers(engine, { name: start.name, dir: start.dir }));
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
      writeFileSync(`${record}.new`, JSON.stringify(content), { mode: 0o600 });
      renameSync(`${record}.new`, record);
    };
    writeRecord();
    engine.events.subscribe((event) => {
      if (event.type === 'gateway.listening') writeRecord();
    });
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => void engine.down('signal', {}));
    }
    setTimeout(() => {
      if (engine.system.services.length === 0 && server?.connections === 0) void engine.down('failure', {});
    }, UNCLAIMED_MS).unref();
    say({ ok: true });
  } catch (error) {
    say({ error: errorData(error) });
    rmSync(record, { force: true });
    rmSync(socket, { force: true });
    lock.release();
    process.exit(1);
  }
}

void main();
