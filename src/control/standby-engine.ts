/**
 * An engine's process that has not been told which project it is for. Node needs tens of milliseconds to begin, which
 * pass while the definition is read. It ends by itself when this command ends without having told it.
 *
 * Loads next to nothing: it is begun before the command line's own code is loaded.
 */
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Child, ended, startChild } from '../runtime/children/child.ts';
import { engineEnvironment } from './engine-environment.ts';
import { FIRST_CONNECTION, type Start } from './engine-start.ts';

/** Services and clients have several each. A table for so many takes 32 KB. */
const DESCRIPTORS = 4096;

export class StandbyEngine {
  readonly dir: string;
  readonly #child: Child;
  /** Its pid may be somebody else's. */
  #hasGone = false;

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
    this.#child = startChild({
      file: process.execPath,
      argv: [process.execPath, main],
      cwd: dir,
      environment: engineEnvironment(process.env),
      stdio: ['pipe', output ?? 'ignore', output ?? 'ignore', 'pipe'],
      descriptors: DESCRIPTORS,
    });
    if (output !== null) closeSync(output);
    void this.#child.exited.then(() => {
      this.#hasGone = true;
    });
  }

  /** Which project it is for. @returns its first connection; undefined when there is no process to talk to */
  tell({ name, dir, stateDir, file }: Start): Socket | undefined {
    const [told, connection] = [this.#child.end(0), this.#child.end(FIRST_CONNECTION)];
    for (const end of [told, connection]) end?.on('error', () => {});
    told?.end(JSON.stringify({ name, dir, stateDir, file } satisfies Start));
    return connection;
  }

  /** It is not needed. Resolves when it has gone. */
  async dismiss(): Promise<void> {
    if (!this.#hasGone && this.#child.pid !== undefined) process.kill(this.#child.pid, 'SIGKILL');
    await this.gone();
  }

  /** Resolves when its process has ended. */
  async gone(): Promise<void> {
    await ended(this.#child);
  }
}

/** @returns null where it cannot be opened: nothing ran there yet, or it is for the engine to say what is wrong */
function openLog(file: string): number | null {
  try {
    return openSync(file, 'a', 0o600);
  } catch {
    return null;
  }
}
