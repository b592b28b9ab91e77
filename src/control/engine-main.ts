/**
 * The first lines of the engine's process: begins the gateway's thread, which comes up on another core meanwhile, is told
 * its project on standard input, takes the project's lock and makes its folder. Loads as little as that needs; everything
 * after it is `engine-process.ts`.
 */
import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { beginThread, type Thread } from '../gateway/thread.ts';
import { errorData } from '../model/error.ts';
import { takeLock } from '../runtime/lock-file.ts';
import { engineLog, FIRST_CONNECTION, START_REQUEST, type Start, type Started } from './engine-start.ts';
import { frame } from './frames.ts';
import { collectYoungAlone } from './garbage-collection.ts';
import { recordPath } from './locate.ts';
import { prepareStateDir } from './state-dir.ts';

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

/** The engine will not come up. @param answer to the command that waits for it */
function refuse(answer: object, exitCode: number): never {
  try {
    writeSync(FIRST_CONNECTION, frame({ id: START_REQUEST, ...answer }));
  } catch {
    // It has gone.
  }
  process.exit(exitCode);
}

function begin(): Thread {
  return beginThread(new URL('../gateway/worker.cjs', import.meta.url));
}

/** They go to a file since this process began: then a thread may run. */
function hasLastWords(): boolean {
  return fstatSync(1).isFile();
}

async function main(): Promise<void> {
  collectYoungAlone();
  const early = hasLastWords() ? begin() : null;
  const start = told();
  if (start === null) process.exit(0);
  process.title = `msvc engine of ${start.name}`;
  const lock = takeLock(`${recordPath(start.name, start.dir)}.lock`);
  if (!lock) return refuse({ result: { started: false } satisfies Started }, 0);
  try {
    prepareStateDir(start.stateDir);
    if (!early) keepLastWords(engineLog(start.stateDir));
  } catch (error) {
    lock.release();
    return refuse({ error: errorData(error) }, 1);
  }
  const { runEngine } = await import('./engine-process.ts');
  await runEngine(start, lock, early ?? begin());
}

void main();
