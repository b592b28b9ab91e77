/** `msvc smoke` from its flags to its exit code: a healthy system, the checks, the reports, and nothing left running. */
import { accessSync, constants, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { maskText } from '../../config/index.ts';
import { EXIT_CODES, errorData, exitCodeOf, MsvcError } from '../../model/error.ts';
import type { Project } from '../../model/project.ts';
import { select as selectServices } from '../../model/select.ts';
import { checksOf, type SmokeCheck, type SmokeSpec } from '../../model/smoke.ts';
import { select } from '../../smoke/plan.ts';
import type { CheckResult } from '../../smoke/result.ts';
import { runSuite, type SuiteListener } from '../../smoke/run-suite.ts';
import type { Context } from '../context.ts';
import { exitCodeOfSignal } from '../flags/signal.ts';
import type { SmokeJson } from '../json-contract.ts';
import { loadProjectFor } from '../project.ts';
import { count } from '../wording/lists.ts';
import { duration } from '../wording/time.ts';
import { isFresh, type SmokeFlags, seedOf } from './options.ts';
import { annotatorFor } from './report/annotations.ts';
import { writeBundle } from './report/bundle.ts';
import { junitXml } from './report/junit.ts';
import { Reporter } from './report/reporter.ts';
import { isGood, summaryLine, type Timing, tally } from './report/summary.ts';
import { openSession, type Session } from './session.ts';
import { systemOf } from './system.ts';
import { reasonLines } from './wording.ts';

/** How the run was ended from outside, if it was. */
interface Ending {
  by: NodeJS.Signals | 'timeout' | null;
}

export async function smoke(context: Context, flags: SmokeFlags): Promise<number> {
  const project = await loadProjectFor(context);
  const spec = specOf(project, flags);
  if (flags.junit !== undefined) assertWritable(path.resolve(context.cwd, flags.junit));
  const abort = new AbortController();
  const ending: Ending = { by: null };
  const end = (by: NonNullable<Ending['by']>): void => {
    ending.by ??= by;
    abort.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, end);
  const timer = setTimeout(() => end('timeout'), flags.timeout);
  try {
    return await new SmokeRun(context, flags, project, spec, abort.signal, ending).run();
  } finally {
    clearTimeout(timer);
    for (const signal of signals) process.off(signal, end);
  }
}

/** Makes its folder. @throws MsvcError MSVC_USAGE, before anything is started for results that could not be kept */
function assertWritable(file: string): void {
  try {
    const folder = path.dirname(file);
    mkdirSync(folder, { recursive: true });
    const there = statSync(file, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw new Error('it is a folder');
    accessSync(there ? file : folder, constants.W_OK);
  } catch (error) {
    throw new MsvcError('MSVC_USAGE', `${file} cannot be written: ${(error as Error).message}`, {
      hint: '--junit takes the name of a file',
    });
  }
}

/** @throws MsvcError MSVC_NO_CHECKS, MSVC_USAGE */
function specOf({ smoke: spec, files }: Project, { only }: SmokeFlags): SmokeSpec {
  if (!spec) throw new MsvcError('MSVC_NO_CHECKS', 'the file has no checks', { facts: { file: files[0] ?? '' } });
  if (select(spec.checks, only ?? []).length === 0) {
    const known = checksOf(spec.checks).map(({ name }) => name);
    throw new MsvcError('MSVC_USAGE', `no check is called like ${(only ?? []).join(' or ')}`, {
      hint: `there are: ${known.join('; ')}`,
    });
  }
  return spec;
}

class SmokeRun {
  readonly #at = Date.now();
  readonly #from = performance.now();
  readonly #mask: (text: string) => string;
  readonly #reporter: Reporter;
  readonly #seed: number | null;
  readonly #results: CheckResult[] = [];
  #startMs = 0;
  #checksMs = 0;
  #bundle: string | null = null;

  constructor(
    readonly context: Context,
    readonly flags: SmokeFlags,
    readonly project: Project,
    readonly spec: SmokeSpec,
    readonly signal: AbortSignal,
    readonly ending: Ending,
  ) {
    this.#mask = (text) => maskText(text, project.secrets);
    this.#reporter = new Reporter(flags.json ? context.err : context.out, this.#mask);
    this.#seed = seedOf(flags);
  }

  async run(): Promise<number> {
    const session = await this.#open().catch((error: unknown): number => {
      // Whoever ended the command knows why it did not get there.
      if (this.ending.by === null || this.ending.by === 'timeout') throw error;
      return exitCodeOfSignal(this.ending.by);
    });
    if (typeof session === 'number') return session;
    let stopMs = 0;
    try {
      await this.#check(session);
      if (!isGood(tally(this.#results))) await this.#keepEvidence(session);
    } finally {
      const from = performance.now();
      await session.close(this.flags.keep === true && this.ending.by === null);
      stopMs = performance.now() - from;
    }
    return this.#finish({ session, stopMs });
  }

  async #open(): Promise<Session> {
    const { context, flags, signal, project } = this;
    const { services } = selectServices(project, { services: [], profiles: context.globals.profiles, noDeps: false });
    this.#say(`smoke of ${project.name}: ${count(services.length, 'service')}`);
    try {
      const session = await openSession(context, project, flags, signal);
      this.#startMs = performance.now() - this.#from;
      const how = session.isBorrowed ? 'the running system is healthy' : `healthy after ${duration(this.#startMs)}`;
      this.#say(`${how}; gateway at ${session.gatewayUrl}`);
      return session;
    } catch (error) {
      if (this.ending.by === null) await this.#reportStart(error);
      throw this.ending.by === 'timeout' ? this.#timedOut() : error;
    }
  }

  async #check(session: Session): Promise<void> {
    const { flags, signal, spec } = this;
    const from = performance.now();
    const options = {
      only: flags.only ?? [],
      bail: flags.bail === true,
      repeat: flags.repeat,
      shuffleSeed: this.#seed,
      signal,
    };
    if (this.#seed !== null) this.#say(`shuffled; --shuffle ${this.#seed} repeats the order`);
    const listener: SuiteListener = flags.json ? { started: () => {}, finished: () => {} } : this.#reporter;
    this.#results.push(...(await runSuite(spec, systemOf(session, this.context, signal), options, listener)));
    this.#checksMs = performance.now() - from;
  }

  async #keepEvidence(session: Session): Promise<void> {
    try {
      this.#bundle = await writeBundle({
        // For a fresh run too: its own folder goes when it ends.
        stateDir: this.project.stateDir,
        project: session.project,
        client: session.client,
        results: this.#results,
        at: this.#at,
        junit: this.#junit(),
      });
    } catch (error) {
      this.#say(`the report cannot be kept: ${(error as Error).message}`);
    }
  }

  #finish({ session, stopMs }: { session: Session; stopMs: number }): number {
    const { flags, context, ending } = this;
    const timing = {
      totalMs: performance.now() - this.#from,
      startMs: this.#startMs,
      checksMs: this.#checksMs,
      stopMs,
    };
    this.#writeJunit();
    this.#annotate();
    if (flags.json) context.out.json(this.#json(timing, session));
    this.#say('');
    this.#say(summaryLine(this.#results, timing));
    if (this.#bundle !== null) this.#say(`what happened is kept in ${path.relative(context.cwd, this.#bundle)}`);
    if (flags.keep && !session.isBorrowed && ending.by === null) {
      const name = isFresh(flags) ? ` -p ${session.project.name}` : '';
      this.#say(`${session.project.name} runs on; \`msvc${name} down${isFresh(flags) ? ' -v' : ''}\` stops it`);
    }
    if (ending.by === 'timeout') throw this.#timedOut();
    if (ending.by !== null) return exitCodeOfSignal(ending.by);
    return isGood(tally(this.#results)) ? 0 : EXIT_CODES.service;
  }

  /** A CI that reads only the JUnit file must see that nothing could be checked. */
  async #reportStart(error: unknown): Promise<void> {
    const { message, place } = errorData(error);
    const first = checksOf(this.spec.checks)[0] as SmokeCheck;
    this.#results.push({
      name: 'the system is healthy',
      place: place ?? first.place,
      state: 'error',
      round: 1,
      tookMs: performance.now() - this.#from,
      attempts: 1,
      mismatches: [],
      problem: { kind: 'system', message },
      slow: null,
      exchange: null,
    });
    this.#writeJunit();
    this.#annotate();
    if (exitCodeOf(errorData(error).code) === EXIT_CODES.usage) return;
    const { stateDir } = this.project;
    this.#bundle = await writeBundle({
      stateDir,
      project: this.project,
      client: null,
      results: this.#results,
      at: this.#at,
      junit: this.#junit(),
    }).catch(() => null);
    if (this.#bundle !== null) this.#say(`what happened is kept in ${path.relative(this.context.cwd, this.#bundle)}`);
  }

  #junit(): string {
    const tookMs = performance.now() - this.#from;
    return this.#mask(
      junitXml({ name: this.project.name, at: this.#at, tookMs, results: this.#results, dir: this.project.dir }),
    );
  }

  #writeJunit(): void {
    const { junit } = this.flags;
    if (junit === undefined) return;
    writeFileSync(path.resolve(this.context.cwd, junit), this.#junit());
  }

  #annotate(): void {
    const annotator = annotatorFor(this.context.env);
    if (!annotator) return;
    const output = this.flags.json ? this.context.err : this.context.out;
    for (const line of annotator.lines(this.#results, this.project.dir)) output.line(this.#mask(line));
  }

  #json(timing: Timing, session: Session): SmokeJson {
    const { passed, failed, error, skipped } = tally(this.#results);
    return {
      project: session.project.name,
      gateway: session.gatewayUrl,
      passed,
      failed,
      errors: error,
      skipped,
      seed: this.#seed,
      totalMs: Math.round(timing.totalMs),
      startMs: Math.round(timing.startMs),
      checksMs: Math.round(timing.checksMs),
      stopMs: Math.round(timing.stopMs),
      report: this.#bundle,
      checks: this.#results.map((result) => ({
        name: result.name,
        file: result.place.file,
        line: result.place.line,
        state: result.state,
        round: result.round,
        tookMs: Math.round(result.tookMs * 10) / 10,
        attempts: result.attempts,
        reasons: reasonLines(result).map(this.#mask),
        slow: result.slow,
      })),
    };
  }

  #timedOut(): MsvcError {
    return new MsvcError('MSVC_WAIT_TIMEOUT', 'the run took too long', {
      facts: { timeoutMs: this.flags.timeout },
      hint: '`--timeout` is for the whole run',
    });
  }

  #say(text: string): void {
    if (!this.flags.json) this.#reporter.line(text);
  }
}
