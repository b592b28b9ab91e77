/**
 * The one hand that writes the running account of an attached `up`: log lines of services and what happens to them, in
 * the order in which msvc learnt of both.
 */
import type { MsvcEvent } from '../../model/event.ts';
import { readLogText } from '../../runtime/logs/read-text.ts';
import type { Context } from '../context.ts';
import { type Labels, logPrefix, sayingLine } from '../report/lines.ts';
import type { Saying } from '../wording/saying.ts';
import { saying } from '../wording/saying.ts';
import { Pulls } from './pulls.ts';

export interface PrinterOptions {
  readonly labels: Labels;
  readonly timestamps: boolean;
  readonly logPrefix: boolean;
}

export class Printer {
  readonly #context: Context;
  readonly #options: PrinterOptions;
  readonly #pulls: Pulls;

  constructor(context: Context, options: PrinterOptions) {
    this.#context = context;
    this.#options = options;
    this.#pulls = new Pulls(context.out, options.labels);
  }

  /** @returns whether the event has been shown otherwise than by a line, or needs none */
  shows(event: MsvcEvent): boolean {
    return this.#pulls.take(event);
  }

  /** Nothing stays but what was said. */
  close(): void {
    this.#pulls.close();
  }

  say(said: Saying): void {
    const { out } = this.#context;
    const time = this.#options.timestamps ? `${new Date().toISOString()} ` : '';
    out.lineSoon(sayingLine(said, this.#options.labels, out.style, time));
  }

  /** Of msvc itself. */
  tell(text: string): void {
    this.say(saying('msvc', text));
  }

  /**
   * Prints what services write from `sinceMs` on. Ends when `finish` is aborted and all that was written by then is out.
   * @param services absent: of all
   */
  async logs(logs: {
    readonly dir: string;
    readonly sinceMs: number;
    readonly services: readonly string[] | undefined;
    readonly finish: AbortSignal;
  }): Promise<void> {
    const { out } = this.#context;
    const prefixes = new Map<string, string>();
    const text = readLogText({
      dir: logs.dir,
      sinceMs: logs.sinceMs,
      services: logs.services?.map((service) => ({ service })),
      // What these would say is told from the events.
      notes: false,
      follow: true,
      finish: logs.finish,
      timestamps: this.#options.timestamps,
      colour: out.style.enabled,
      label: ({ service, replica }) => {
        if (!this.#options.logPrefix) return '';
        const key = `${service}.${replica}`;
        const known = prefixes.get(key);
        if (known !== undefined) return known;
        const prefix = `${logPrefix(service, replica, this.#options.labels, out.style)} `;
        prefixes.set(key, prefix);
        return prefix;
      },
    });
    for await (const chunk of text) await out.flood(chunk);
  }
}
