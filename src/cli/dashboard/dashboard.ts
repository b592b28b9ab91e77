/**
 * The dashboard at work: feeds what comes (keys, events, samples, log lines) to the model, does what the model asks
 * for, and draws when something changed. Owns the state; ends when it is left, or when the system has gone.
 */
import { createElement } from 'react';
import type { Client } from '../../control/client.ts';
import type { Project } from '../../model/project.ts';
import type { View } from '../../model/view.ts';
import { logFiles } from '../../runtime/logs/file-names.ts';
import type { Context } from '../context.ts';
import { follow } from '../engine/feed.ts';
import type { Labels } from '../report/lines.ts';
import { carryOut, type Surroundings } from './effects.ts';
import { applyOptions, paneLook } from './log-look.ts';
import { feed } from './logs/log-feed.ts';
import { LogPane } from './logs/log-pane.ts';
import { LogStore } from './logs/log-store.ts';
import { initialState, type Message, type State } from './model/state.ts';
import { update } from './model/update.ts';
import { Frames } from './terminal/frames.ts';
import type { Input } from './terminal/input.ts';
import { Painter } from './terminal/paint.tsx';
import { Screen } from './terminal/screen.ts';
import { Terminal } from './terminal/terminal.ts';
import { App } from './views/app.tsx';
import type { Look } from './views/look.ts';
import { targetAt } from './views/target.ts';

export interface DashboardOptions {
  readonly context: Context;
  readonly client: Client;
  readonly project: Project | null;
  readonly view: View;
  /** Events after it are told as news. */
  readonly since: View;
  readonly labels: Labels;
  /** Folder of the log files. */
  readonly logDir: string;
  /** Wall-clock ms from which lines are shown; undefined = whatever is kept. */
  readonly logsSinceMs: number | undefined;
  readonly isOwner: boolean;
}

/** `stopped`: somebody else brought the system down. `lost`: the engine went away. `hangup`: the terminal did. */
export type Left = 'detach' | 'stop' | 'stopped' | 'lost';

/** Somebody waits for the answer. */
const URGENT: ReadonlySet<Message['type']> = new Set(['input', 'pressed', 'resize']);
const TICK_MS = 1000;
const SPIN_MS = 250;
/** Of all replicas together, of what was written before. */
const LINES_BEFORE = 60_000;

export class Dashboard {
  readonly #options: DashboardOptions;
  readonly #look: Look;
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  readonly #painter = new Painter();
  readonly #frames: Frames;
  readonly #store = new LogStore();
  readonly #pane: LogPane;
  readonly #tail: LogPane;
  readonly #abort = new AbortController();
  readonly #around: Surroundings;
  #state: State;
  #isStale = true;
  #missed: { readonly isUrgent: boolean } | null = null;
  #leave: (left: Left) => void = () => {};

  constructor(options: DashboardOptions) {
    const { context, client, labels } = options;
    this.#options = options;
    this.#look = { style: context.out.style, labels };
    this.#terminal = new Terminal(process.stdin, process.stdout, {
      input: (input) => this.#take(input),
      resize: () => this.#dispatch({ type: 'resize', size: this.#size() }),
      free: () => this.#catchUp(),
    });
    this.#screen = new Screen(process.stdout);
    this.#frames = new Frames((isUrgent) => this.#draw(isUrgent));
    this.#state = initialState({ ...options, size: this.#size(), now: Date.now() });
    this.#pane = new LogPane(this.#store, paneLook(this.#look, this.#state.logs, labels.width));
    this.#tail = new LogPane(this.#store, paneLook(this.#look, null, labels.width));
    this.#around = {
      context,
      client,
      terminal: this.#terminal,
      pane: this.#pane,
      dispatch: (message) => this.#dispatch(message),
      leave: (how) => this.#leave(how),
      applyLogOptions: () => this.#applyLogOptions(),
      redraw: () => this.#screen.forget(),
    };
  }

  async run(): Promise<Left> {
    const left = new Promise<Left>((resolve) => {
      this.#leave = resolve;
    });
    const end = (): void => this.#leave(this.#options.isOwner ? 'stop' : 'detach');
    const hangUp = (): void => process.exit(129);
    const interrupt = (): void => {
      if (this.#terminal.isInterrupted()) end();
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', interrupt);
    process.on('SIGHUP', hangUp);
    this.#terminal.enter();
    const timer = setInterval(() => this.#tick(), SPIN_MS);
    try {
      this.#frames.want(true);
      void this.#followEvents();
      void this.#followSamples();
      void this.#followLogs();
      const how = await left;
      return this.#state.isLost ? 'lost' : how;
    } finally {
      clearInterval(timer);
      this.#abort.abort();
      this.#frames.stop();
      this.#painter.close();
      await this.#terminal.leave();
      process.off('SIGTERM', end);
      process.off('SIGINT', interrupt);
      process.off('SIGHUP', hangUp);
    }
  }

  get view(): View {
    return this.#state.view;
  }

  #size(): { columns: number; rows: number } {
    return { columns: this.#terminal.columns, rows: this.#terminal.rows };
  }

  #take(input: Input): void {
    const target = input.type === 'click' ? targetAt(this.#state, this.#look, input.x, input.y) : null;
    this.#dispatch(target ? { type: 'pressed', target } : { type: 'input', input });
  }

  #dispatch(message: Message): void {
    const { state, effects } = update(this.#state, message, Date.now());
    this.#state = state;
    this.#isStale = true;
    for (const effect of effects) {
      carryOut(effect, this.#around)
        .catch((error: Error) => this.#dispatch({ type: 'said', text: error.message, tone: 'bad' }))
        .finally(() => this.#frames.want(false));
    }
    this.#frames.want(URGENT.has(message.type));
  }

  #applyLogOptions(): void {
    const { logs } = this.#state;
    applyOptions(this.#pane, this.#look, logs, this.#options.labels.width);
    const muted = new Set(logs.muted);
    if ([...this.#tail.wanted.muted].join() !== [...muted].join()) this.#tail.want({ muted });
  }

  #tickedAt = 0;
  #tick(): void {
    const now = Date.now();
    if (now - this.#tickedAt < TICK_MS && this.#state.actions.length === 0) return;
    this.#tickedAt = now;
    this.#dispatch({ type: 'tick' });
  }

  /** The frame that the terminal had to come first for, as it is by now. */
  #catchUp(): void {
    const missed = this.#missed;
    this.#missed = null;
    if (missed) this.#frames.want(missed.isUrgent);
  }

  #draw(isUrgent: boolean): void {
    const { pace } = this.#terminal;
    if (!this.#terminal.isHeld) return;
    if (!pace.allows(isUrgent)) {
      this.#missed = { isUrgent: isUrgent || this.#missed?.isUrgent === true };
      return;
    }
    if (this.#isStale) {
      this.#isStale = false;
      const { columns, rows } = this.#state.size;
      const props = { state: this.#state, look: this.#look, pane: this.#pane, tail: this.#tail };
      this.#painter.layout(createElement(App, props), columns, rows);
    }
    const hasMore = this.#pane.advance();
    this.#tail.advance();
    this.#screen.draw(this.#painter.lines(), () => pace.ask());
    if (hasMore) this.#frames.want(false);
  }

  async #followEvents(): Promise<void> {
    const { client, since } = this.#options;
    try {
      for await (const { event, view } of follow(client, since, this.#abort.signal)) {
        // An older event must not bring back an older view.
        this.#dispatch({ type: 'event', event, view: view.seq >= this.#state.view.seq ? view : this.#state.view });
      }
    } catch {
      // The connection has ended; what that means is said below.
    }
    if (this.#abort.signal.aborted) return;
    if (this.#state.view.stopping) this.#leave('stopped');
    else this.#dispatch({ type: 'lost' });
  }

  async #followSamples(): Promise<void> {
    try {
      for await (const sample of this.#options.client.stream('samples', {}, this.#abort.signal)) {
        this.#dispatch({ type: 'sample', sample });
      }
    } catch {
      // As above; or an engine of before, which has none to give.
    }
  }

  async #followLogs(): Promise<void> {
    const { logDir: dir, logsSinceMs: sinceMs } = this.#options;
    const { signal } = this.#abort;
    const onLines = (): void => {
      if (this.#state.screen === 'logs' || this.#state.screen === 'overview') this.#frames.want(false);
    };
    try {
      const slots = Math.max(1, (await logFiles(dir)).length);
      const last = Math.max(200, Math.floor(LINES_BEFORE / slots));
      await feed(this.#store, { dir, sinceMs, last, signal, onLines });
    } catch (error) {
      this.#dispatch({ type: 'said', text: `logs cannot be shown: ${(error as Error).message}`, tone: 'bad' });
    }
  }
}
