/**
 * `msvc up` in the foreground: shows what services write and what happens to them, until something ends it: Ctrl-C, a
 * service whose end was waited for, everything being done, somebody else's `msvc down`, or the engine going away.
 */

import path from 'node:path';
import { filesOf, type LookedAt } from '../../config/inputs.ts';
import { engineGone } from '../../control/gone.ts';
import { MsvcError } from '../../model/error.ts';
import type { PlanStep } from '../../model/event.ts';
import { snapshotOf, type View } from '../../model/view.ts';
import type { Context } from '../context.ts';
import { follow } from '../engine/feed.ts';
import { exitCodeOfSignal } from '../flags/signal.ts';
import { SpecError } from '../project.ts';
import { list } from '../wording/lists.ts';
import { newsOf } from '../wording/news.ts';
import { planLines } from '../wording/plan.ts';
import { saying } from '../wording/saying.ts';
import { duration } from '../wording/time.ts';
import { type Begun, begin } from './begin.ts';
import { type End, type EndRules, endOf } from './end.ts';
import { aborts, type UpFlags } from './options.ts';
import { Printer } from './printer.ts';
import { Stopper } from './stopper.ts';
import { printSummary } from './summary.ts';
import { TargetExit } from './target-exit.ts';
import { FileWatch } from './watch-files.ts';

/** The file was read at most so long before anything was started; of a file that was not changed nothing comes. */
const READ_MS = 1000;

type Reason =
  | { readonly by: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly by: 'end'; readonly end: End }
  | { readonly by: 'others' }
  | { readonly by: 'lost' };

export async function attached(context: Context, services: readonly string[], flags: UpFlags): Promise<number> {
  const stopper = new Stopper();
  stopper.arm();
  let files: FileWatch | undefined;
  try {
    const begun = await begin(context, services, flags, {
      defined: (definition) => {
        if (flags.watchConfig) files = new FileWatch(definition.files);
      },
    });
    try {
      return await new Attachment(context, services, flags, begun, stopper, files).run();
    } finally {
      begun.client.close();
    }
  } finally {
    await files?.close();
    stopper.disarm();
  }
}

class Attachment {
  readonly #printer: Printer;
  readonly #rules: EndRules;
  readonly #started: Set<string>;
  /** Aborted when nothing more will be written: logs are read to their end then. */
  readonly #logsEnd = new AbortController();
  #view: View;
  /** Of the definition when it was right last. */
  #read: readonly LookedAt[];
  /** As it was when something ended it, before the stop. */
  #atEnd: View | null = null;
  #left = false;
  /** Of `--exit-code-from`. */
  readonly #target: TargetExit | null;
  /** Everything that happened has been told; the connection has ended. */
  #allTold = Promise.resolve();

  constructor(
    readonly context: Context,
    readonly services: readonly string[],
    readonly flags: UpFlags,
    readonly begun: Begun,
    readonly stopper: Stopper,
    /** `--watch-config`: of the definition. */
    readonly files: FileWatch | undefined,
  ) {
    const { definition, result, view, labels } = begun;
    this.#view = view;
    this.#target = flags.exitCodeFrom === undefined ? null : new TargetExit(flags.exitCodeFrom);
    this.#read = definition.files;
    this.#started = new Set(result.steps.map((step) => step.service));
    this.#printer = new Printer(context, {
      labels,
      timestamps: flags.timestamps === true,
      logPrefix: flags.logPrefix,
    });
    this.#rules = {
      exitCodeFrom: flags.exitCodeFrom,
      abortOnFailure: aborts(flags),
      services: this.#started,
      watched: new Set(
        Object.values(definition.project.services)
          .filter((s) => s.watch.length > 0)
          .map((s) => s.name),
      ),
    };
  }

  async run(): Promise<number> {
    try {
      return await this.#attend();
    } finally {
      this.#printer.close();
    }
  }

  async #attend(): Promise<number> {
    const { begun } = this;
    for (const line of planLines(begun.result.steps)) this.#printer.tell(line);
    if (begun.before.gateway) this.#sayGateway(begun.before.gateway.url);
    const logs = this.#printer.logs({
      dir: path.join(begun.definition.outline.stateDir, 'logs'),
      sinceMs: begun.at,
      services: this.services.length > 0 ? [...this.#rules.services] : undefined,
      finish: this.#logsEnd.signal,
    });
    // A reader that fails (a folder taken away) must not end the system; what happens is still told.
    logs.catch((error: Error) => this.#printer.tell(`logs cannot be shown: ${error.message}`));
    this.files?.tell(() => this.#apply(), begun.at - READ_MS);
    const account = this.#account();
    const reason = await Promise.race([
      account,
      this.stopper.asked.then((signal): Reason => ({ by: 'signal', signal })),
    ]);
    if (reason.by === 'signal') this.#afterEcho();
    await this.files?.close();
    const atEnd = this.#atEnd ?? snapshotOf(this.#view);
    // Node would make `performance` now, which takes a millisecond.
    const from = process.uptime();
    const code = await this.#finish(reason, account);
    const tookMs = (process.uptime() - from) * 1000;
    this.#logsEnd.abort();
    await logs.catch(() => {});
    return this.#lastWords(reason, code, atEnd, tookMs);
  }

  /** Tells what happens; resolves with what ends the attachment from the system's side. */
  async #account(): Promise<Reason> {
    const { begun } = this;
    let decided: Reason | undefined;
    let resolveDecided: (reason: Reason) => void = () => {};
    const decision = new Promise<Reason>((resolve) => {
      resolveDecided = resolve;
    });
    const decide = (reason: Reason): void => {
      decided ??= reason;
      this.#atEnd ??= snapshotOf(this.#view);
      resolveDecided(decided);
    };
    this.#allTold = (async () => {
      try {
        for await (const { event, view } of follow(begun.client, begun.before)) {
          this.#view = view;
          this.#target?.take(event);
          if (event.type === 'gateway.listening') this.#sayGateway(event.url);
          if (event.type === 'project.applied' && event.cause !== begun.result.seq) this.#sayPlan(event.steps);
          const news = this.#printer.shows(event) ? null : newsOf(event, view);
          const ours = event.type === 'engine.stopping' && (this.stopper.count > 0 || decided !== undefined);
          if (news && !this.#left && !ours) this.#printer.say(news);
          if (event.type === 'engine.stopping' && !ours) decide({ by: 'others' });
          if (event.type === 'engine.stopped') this.#logsEnd.abort();
          const end = endOf(event, view, this.#rules);
          if (end) decide({ by: 'end', end });
        }
      } catch {
        // The connection ended; whether that was meant is known from the events before it.
      }
      decide(this.#view.stopping ? { by: 'others' } : { by: 'lost' });
    })();
    return decision;
  }

  /**
   * Brings the system down where that is this command's to do.
   * @returns the exit code so far
   */
  async #finish(reason: Reason, account: Promise<Reason>): Promise<number> {
    const { client } = this.begun;
    if (reason.by === 'lost') return 1;
    if (reason.by === 'others') {
      await engineGone(client);
      return await this.#cancelled(null);
    }
    if (reason.by === 'signal' && this.#view.owners !== 1) {
      this.#left = true;
      // Its end has not been seen: nobody may take this for its success.
      return this.#target ? exitCodeOfSignal(reason.signal) : 0;
    }
    if (reason.by === 'end') this.#sayEnd(reason.end);
    else this.#printer.tell('stopping in order; Ctrl-C again kills what is left');
    this.stopper.onNow(() => {
      this.#afterEcho();
      this.#printer.tell('killing what is left now');
      client.request('kill-now', {}).catch(() => {});
    });
    const down = client.request('down', { volumes: false }).catch((error: MsvcError) => {
      if (error.code !== 'MSVC_ENGINE_LOST' && error.code !== 'MSVC_STOPPING') throw error;
    });
    await Promise.all([down, engineGone(client)]);
    await account;
    if (reason.by === 'end') return reason.end.exitCode;
    const code = await this.#cancelled(reason.signal);
    return this.#target || this.stopper.count <= 1 ? code : 130;
  }

  /** The system has gone before anything here has ended it. @returns 0, or what became of `--exit-code-from` */
  async #cancelled(by: NodeJS.Signals | null): Promise<number> {
    if (!this.#target) return 0;
    await this.#allTold;
    const { code } = this.#target;
    const service = this.flags.exitCodeFrom;
    this.#printer.tell(code === null ? `${service} had not run` : `${service} was stopped, and ended with ${code}`);
    return this.#target.exitCode(by);
  }

  #lastWords(reason: Reason, code: number, atEnd: View, tookMs: number): number {
    const { context } = this;
    if (reason.by === 'lost') throw new MsvcError('MSVC_ENGINE_LOST', 'the engine went away');
    if (this.#left) {
      const who = this.#view.owners === 0 ? 'it was started with -d' : 'another terminal owns it too';
      this.#printer.tell(`the system runs on (${who}); \`msvc down\` stops it`);
      return code;
    }
    if (!context.out.isTerminal || reason.by === 'end') {
      printSummary(context, atEnd, this.#rules.services, reason.by === 'end' ? reason.end : null);
    }
    this.#printer.tell(`stopped in ${duration(tookMs)}`);
    return code;
  }

  /** The terminal has put ^C at the start of the line. */
  #afterEcho(): void {
    if (this.context.out.isTerminal) this.context.out.line();
  }

  #sayGateway(url: string): void {
    this.#printer.say(saying('gateway', url));
  }

  /** Of a later `up`: before what comes of it. */
  #sayPlan(steps: readonly PlanStep[]): void {
    const changing = steps.filter((step) => step.action !== 'keep');
    if (this.flags.watchConfig) for (const { service } of changing) this.#started.add(service);
    const what = this.flags.watchConfig ? 'the definition changed: ' : '';
    if (changing.length > 0) this.#printer.tell(`${what}${list(planLines(changing))}`);
  }

  #sayEnd(end: End): void {
    const { service, exitCode } = end;
    if (end.why === 'target-ended') this.#printer.tell(`${service} ended with ${exitCode}: stopping the system`);
    else if (end.why === 'failure') this.#printer.tell(`${service} failed: stopping the system`);
    else this.#printer.tell('everything has ended');
  }

  /** What cannot be watched any more ends the watching, not the system. */
  #follow(files: Parameters<FileWatch['follow']>[0], at: number): void {
    try {
      this.files?.follow(files, at);
    } catch (error) {
      this.#printer.tell(`the definition is not watched any more: ${(error as Error).message}`);
    }
  }

  /** `--watch-config`: the same `up` again, with the file as it is now. */
  async #apply(): Promise<void> {
    const { wantedDefinition, upParams } = await import('./begin.ts');
    const at = Date.now();
    try {
      const { outline, json, files } = await wantedDefinition(this.context, this.services, this.flags);
      this.#read = files;
      this.#follow(files, at);
      const { name } = this.begun.definition.outline;
      if (outline.name !== name) {
        this.#printer.tell(`the name changed from ${name} to ${outline.name}, another project: ${name} stays as it is`);
        return;
      }
      const params = upParams(this.context, this.services, this.flags, false);
      await this.begun.client.request('up', { ...params, view: false }, { project: json });
    } catch (error) {
      // What it was made from last may make it right again, and so may what it now lacks.
      if (error instanceof SpecError) this.#follow([...this.#read, ...filesOf(error.inputs)], at);
      const { printError } = await import('../print-error.ts');
      printError(error, { output: this.context.err, json: false, cwd: process.cwd() });
      this.#printer.tell('the definition changed, but is wrong; the system stays as it is');
    }
  }
}
