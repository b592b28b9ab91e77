/**
 * `await using rig = await createRig({ 'msvc.yaml': ... })`: a project in a temporary folder, msvc's built command
 * line on it, and at the end the proof that nothing of it is left on the machine.
 *
 * Each rig has its own runtime folder, so it sees neither the developer's systems nor another test's. Everything it
 * starts inherits `RIG=<id>`; what still carries that mark after `down`, listens, or lies about in the project or the
 * runtime folder fails the test.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFailed } from 'vitest';
import { MSVC, REPOSITORY } from './cli.ts';
import { filesBelow, listenersOf, markedProcesses, type Process, stillListening } from './leftovers.ts';
import { type Puppet, Puppets } from './puppets.ts';
import { type Files, RigProject } from './rig-project.ts';
import { type Size, Terminal } from './terminal.ts';
import { eventually } from './wait.ts';

export const PUPPET = path.join(REPOSITORY, 'test/rig/puppet.mjs');

/** What a person's shell would have; not what the test runner adds (NODE_ENV, VITEST, colours). */
const INHERITED = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.*|TZ|PYENV.*|NVM_.*|VOLTA_.*|FNM_.*)$/;

/** How long the last processes may take to go once `down` has returned: the kernel's work, not msvc's. */
const SETTLE_MS = 10_000;

export class Rig extends RigProject implements AsyncDisposable {
  readonly #projects: RigProject[] = [this];
  readonly #terminals: Terminal[] = [];

  private constructor(
    readonly root: string,
    readonly mark: string,
    env: Readonly<Record<string, string>>,
    private readonly puppets: Puppets,
    files: Files,
  ) {
    super(path.join(root, 'p'), env, files);
  }

  static async create(files: Files, extraEnv: Readonly<Record<string, string>>): Promise<Rig> {
    const root = realpathSync(mkdtempSync(path.join(process.platform === 'linux' ? '/tmp' : tmpdir(), 'rig-')));
    const id = randomBytes(6).toString('hex');
    for (const folder of ['run', 'bin', 'tmp', 'home']) mkdirSync(path.join(root, folder), { mode: 0o700 });
    symlinkSync(MSVC, path.join(root, 'bin/msvc'));
    const puppets = await Puppets.listen(path.join(root, 'puppets'));
    const inherited = Object.entries(process.env).filter(([name]) => INHERITED.test(name)) as [string, string][];
    const env: Record<string, string> = {
      ...Object.fromEntries(inherited),
      PATH: `${path.join(root, 'bin')}:${process.env.PATH}`,
      RIG: id,
      PUPPET,
      PUPPET_SOCKET: path.join(root, 'puppets'),
      XDG_RUNTIME_DIR: path.join(root, 'run'),
      XDG_STATE_HOME: path.join(root, 'home'),
      XDG_CONFIG_HOME: path.join(root, 'home'),
      XDG_CACHE_HOME: path.join(root, 'home'),
      TMPDIR: path.join(root, 'tmp'),
      ...extraEnv,
    };
    return new Rig(root, `RIG=${id}`, env, puppets, files);
  }

  get runtimeDir(): string {
    return path.join(this.root, 'run');
  }

  /** Another project on the same machine, as this rig's msvc sees it. */
  project(name: string, files: Files): RigProject {
    const project = new RigProject(path.join(this.root, name), this.env, files, this.transcript);
    this.#projects.push(project);
    return project;
  }

  /** The next launch of a service that runs `node ${PUPPET}`. */
  puppet(service: string, replica?: number): Promise<Puppet> {
    return this.puppets.next(service, replica);
  }

  launches(service: string): readonly Puppet[] {
    return this.puppets.launches(service);
  }

  /** A shell in a terminal of its own, in the project's folder; `msvc` is in its PATH. */
  async terminal(size?: Size): Promise<Terminal> {
    const socket = path.join(this.root, `tty${this.#terminals.length}`);
    const terminal = await Terminal.open(socket, { cwd: this.dir, env: this.env }, size);
    this.#terminals.push(terminal);
    return terminal;
  }

  /** Everything alive that this rig's commands started, terminals left out. */
  processes(): Process[] {
    return markedProcesses(this.mark, this.root).filter((entry) => !entry.command.startsWith('tmux -S '));
  }

  /** Nothing runs, listens or lies about. @returns what does */
  leftovers(): string[] {
    return [
      ...this.processes().map((entry) => `process ${entry.pid}: ${entry.command}`),
      ...filesBelow(this.runtimeDir)
        .filter((file) => !file.endsWith('ports.json'))
        .map((file) => `in the runtime folder: ${file}`),
      ...filesBelow(path.join(this.root, 'tmp')).map((file) => `in the temporary folder: ${file}`),
      ...this.#projects.flatMap((project) => project.strays().map((file) => `in the project: ${file}`)),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const problems: string[] = [];
    try {
      problems.push(...(await this.#takeDown()));
    } finally {
      for (const entry of markedProcesses(this.mark, this.root)) kill(entry.pid);
      await this.puppets.close();
      if (process.env.RIG_KEEP === undefined) rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
    }
    if (problems.length > 0) throw new Error(`left behind by this test:\n  ${problems.join('\n  ')}`);
  }

  async #takeDown(): Promise<string[]> {
    const problems: string[] = [];
    const listeners = listenersOf(this.processes());
    for (const project of filesBelow(this.runtimeDir).length > 0 ? this.#projects : []) {
      const done = await project.msvc(['down', '-t', '2']);
      if (done.code !== 0 && done.code !== 6) problems.push(`\`msvc down\` exits ${done.code}: ${done.stderr}`);
    }
    for (const live of this.#projects.flatMap((project) => project.live)) {
      if (live.ended) continue;
      const ended = await eventually('its end', () => live.ended, SETTLE_MS).catch(() => false);
      if (ended) continue;
      problems.push(`\`msvc ${live.args.join(' ')}\` runs on after down:\n${live.output.slice(-2_000)}`);
      live.signal('SIGKILL');
    }
    for (const terminal of this.#terminals) await terminal.close();
    await eventually('everything to be gone', () => this.processes().length === 0, SETTLE_MS).catch(() => {});
    problems.push(...this.leftovers());
    problems.push(...stillListening(listeners).map((listener) => `a listening socket on port ${listener.port}`));
    return problems;
  }
}

/** @param env what this rig's commands have in their environment beside a plain shell's */
export async function createRig(files: Files, env: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const rig = await Rig.create(files, env);
  try {
    onTestFailed(() => {
      process.stderr.write(`--- what the rig ran\n${rig.transcript.join('\n')}\n---\n`);
    });
  } catch {
    // Used outside a test (a script that records or measures): no one to tell.
  }
  return rig;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
