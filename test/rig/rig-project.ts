/** One project folder in a rig, and msvc used on it the way a person or a program does. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { LogJson, LsJson, PsJson } from '../../src/cli/json-contract.ts';
import { type Finished, type Live, runCli, startCli } from './cli.ts';
import { FollowedEvents } from './followed-events.ts';
import { type Ask, fetchOnce, type Reply } from './http.ts';
import { filesBelow } from './leftovers.ts';
import { Load, type LoadOptions } from './load.ts';
import { eventually } from './wait.ts';

export type Files = Readonly<Record<string, string>>;

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly patienceMs?: number;
}

export class RigProject {
  readonly live: Live[] = [];
  readonly #written = new Set<string>();

  constructor(
    /** Of the project: where msvc.yaml is. */
    readonly dir: string,
    readonly env: Readonly<Record<string, string>>,
    files: Files,
    /** Commands in the order they ended, of all the rig's projects, for a failed test's reader. */
    readonly transcript: string[] = [],
  ) {
    mkdirSync(dir, { recursive: true });
    for (const [file, text] of Object.entries(files)) this.write(file, text);
  }

  path(...parts: readonly string[]): string {
    return path.join(this.dir, ...parts);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  write(file: string, text: string): void {
    this.#written.add(path.normalize(file));
    mkdirSync(path.dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  /** Says that a service of the test writes this file itself. */
  expectFile(file: string): void {
    this.#written.add(path.normalize(file));
  }

  /** Files outside .msvc that neither the test nor a service of its is known to write. */
  strays(): string[] {
    return filesBelow(this.dir).filter((file) => !file.startsWith('.msvc/') && !this.#written.has(file));
  }

  /** Runs to the end, whatever the exit code. */
  async msvc(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const done = await runCli(args, this.#where(options), options);
    this.transcript.push(
      `$ msvc ${args.join(' ')}  -> ${done.signal ?? done.code}\n${done.stdout.slice(-4_000)}${done.stderr.slice(-4_000)}`,
    );
    return done;
  }

  /** Runs to the end and must exit 0. */
  async ok(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const done = await this.msvc(args, options);
    expect(done.code, `msvc ${args.join(' ')}\n${done.stdout}${done.stderr}`).toBe(0);
    return done;
  }

  start(args: readonly string[], options: RunOptions = {}): Live {
    const live = startCli(args, this.#where(options));
    this.live.push(live);
    void live.exited.then(
      (end) =>
        this.transcript.push(`$ msvc ${args.join(' ')} &  -> ${end.signal ?? end.code}\n${live.output.slice(-4_000)}`),
      () => {},
    );
    return live;
  }

  /** `up -d --wait`, which must succeed. */
  up(...args: readonly string[]): Promise<Finished> {
    return this.ok(['up', '-d', '--wait', ...args]);
  }

  async ps(): Promise<PsJson[]> {
    return (await this.ok(['ps', '--json'])).json<PsJson[]>();
  }

  /** This project's row of `msvc ls`; undefined when it does not run. */
  async engine(): Promise<LsJson | undefined> {
    return (await this.ok(['ls', '--json'])).json<LsJson[]>().find((row) => row.dir === this.dir);
  }

  /** For a foreground `up` that a test has just started: the row, as soon as there is one. */
  engineUp(): Promise<LsJson> {
    return eventually('the engine in `msvc ls`', () => this.engine());
  }

  async logs(...args: readonly string[]): Promise<LogJson[]> {
    const { stdout } = await this.ok(['logs', '--json', ...args]);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogJson);
  }

  /** All events of the run, those to come included. The engine must be running. */
  events(): FollowedEvents {
    return new FollowedEvents(this.start(['events', '--json', '--follow']));
  }

  /** The URL of a path on the gateway. */
  async url(pathname = '/'): Promise<string> {
    const base = await eventually('the gateway in `msvc ls`', async () => (await this.engine())?.gateway);
    return new URL(pathname, base).href;
  }

  /** @param target a URL, or a path on the gateway */
  async get(target: string, ask: Ask = {}): Promise<Reply> {
    return fetchOnce(target.startsWith('/') ? await this.url(target) : target, ask);
  }

  /** Steady traffic to a path on the gateway, from now on. */
  async load(pathname: string, options: Omit<LoadOptions, 'url'> = {}): Promise<Load> {
    return new Load({ ...options, url: await this.url(pathname) });
  }

  #where(options: RunOptions): { cwd: string; env: Record<string, string> } {
    return { cwd: options.cwd ?? this.dir, env: { ...this.env, ...options.env } };
  }
}
