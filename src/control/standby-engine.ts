/**
 * An engine's process that has not been told which project it is for. Node needs tens of milliseconds to begin, which
 * pass while the definition is read. It ends by itself when this command ends without having told it.
 *
 * Loads next to nothing: it is begun before the command line's own code is loaded.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { engineEnvironment } from './engine-environment.ts';
import { FIRST_CONNECTION, type Start } from './engine-start.ts';

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

  /** Which project it is for. @returns its first connection; undefined when there is no process to talk to */
  tell({ name, dir, stateDir, file }: Start): Socket | undefined {
    this.#child.stdin?.end(JSON.stringify({ name, dir, stateDir, file } satisfies Start));
    return this.#connection;
  }

  /** It is not needed. Resolves when it has gone. */
  async dismiss(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.gone();
  }

  /** Resolves when its process has ended. */
  async gone(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    this.#child.ref();
    await once(this.#child, 'exit');
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
