/**
 * What happened, a line each, as the overview tells it. An instance that ended and came back is one line that says how
 * it ended, how long it was away and what that cost: requests meanwhile, and how many of them failed. Pure.
 */
import type { MsvcEvent } from '../../../model/event.ts';
import { replicaLabel } from '../../../model/names.ts';
import type { View } from '../../../model/view.ts';
import { commandLine } from '../../wording/commands.ts';
import { exitWords } from '../../wording/exits.ts';
import { lastWords } from '../../wording/last-words.ts';
import { count } from '../../wording/lists.ts';
import { newsOf } from '../../wording/news.ts';
import type { Tone } from '../../wording/saying.ts';
import { duration } from '../../wording/time.ts';
import type { Metrics, Totals } from './metrics.ts';

export interface Happening {
  readonly seq: number;
  readonly at: number;
  /** Of the service; null for msvc and the gateway. */
  readonly service: string | null;
  readonly subject: string;
  readonly text: string;
  readonly tone: Tone;
  /** What it cost those who asked; on a row of its own where the first has no room for it. */
  readonly cost?: string;
  readonly outage?: Outage;
}

interface Outage {
  readonly instance: string;
  /** How it ended, and by whose hand as far as that is known. */
  readonly exit: string;
  /** What it said last. */
  readonly lastWords: string;
  /** Ends in a row without being ready in between. */
  readonly times: number;
  readonly totals: Totals | null;
  /** null: it is still away. */
  readonly backAt: number | null;
  /** The sentence is complete. */
  readonly isCounted: boolean;
}

const KEPT = 200;
/** Part of a start, and told in the service's own view. */
const QUIET: ReadonlySet<MsvcEvent['type']> = new Set(['migration.applied', 'seed.applied', 'hook.started']);

/**
 * @param view with the event folded in
 * @param cause of the event, where it is known
 */
export function withEvent(
  before: readonly Happening[],
  event: MsvcEvent,
  view: View,
  metrics: Metrics,
  cause?: MsvcEvent,
): readonly Happening[] {
  if (event.type === 'command.received' && event.command !== 'up' && event.command !== 'fault') {
    const { command, services } = event;
    const text = services.length > 3 ? `msvc ${command}, ${count(services.length, 'service')}` : commandLine(event);
    return add(before, {
      seq: event.seq,
      at: event.at,
      service: null,
      subject: 'msvc',
      text: `\`${text}\``,
      tone: 'quiet',
    });
  }
  if ('instance' in event && !view.stopping) {
    const known = outageEvent(before, event, metrics, cause);
    if (known) return known;
  }
  const news = QUIET.has(event.type) || isProgress(event) ? null : newsOf(event, view);
  if (!news) return before;
  const service = 'service' in event && event.service !== undefined ? event.service : null;
  return add(before, {
    seq: event.seq,
    at: event.at,
    service,
    subject: news.subject,
    text: news.text,
    tone: news.tone,
  });
}

/** A pull that goes on; the table shows how far it is. */
function isProgress(event: MsvcEvent): boolean {
  return event.type === 'image.pulling' && event.progress.layers > 0;
}

/** Counts what an outage cost, once a sample after it is there. */
export function withTotals(before: readonly Happening[], metrics: Metrics): readonly Happening[] {
  const at = metrics.sample?.at ?? 0;
  if (!before.some((one) => one.outage && !one.outage.isCounted && one.outage.backAt !== null)) return before;
  return before.map((one) => {
    const { outage } = one;
    if (!outage || outage.isCounted || outage.backAt === null || outage.backAt > at) return one;
    const now = one.service === null ? undefined : metrics.services[one.service]?.total;
    const counted = { ...one, outage: { ...outage, isCounted: true } };
    if (!now || !outage.totals) return counted;
    const requests = now.requests - outage.totals.requests;
    const failed = now.failed - outage.totals.failed;
    if (requests < 0) return counted;
    const tone = failed > 0 ? 'bad' : requests > 0 ? 'good' : one.tone;
    return { ...counted, tone, cost: costText(requests, failed, now.retries - outage.totals.retries) };
  });
}

function costText(requests: number, failed: number, retries: number): string {
  if (requests === 0) return 'no request meanwhile';
  const again = retries > 0 ? `, ${retries} tried again` : '';
  return `${count(requests, 'request')} meanwhile${again}, ${failed === 0 ? 'none failed' : `${failed} failed`}`;
}

/** An unexpected end opens a line; what follows from it changes that line. */
function outageEvent(
  before: readonly Happening[],
  event: Extract<MsvcEvent, { instance: unknown }>,
  metrics: Metrics,
  cause: MsvcEvent | undefined,
): readonly Happening[] | undefined {
  const index = before.findLastIndex((one) => one.outage?.instance === event.instance && one.outage.backAt === null);
  const open = index >= 0 ? before[index] : undefined;
  const { service, instance, seq, at } = event;
  switch (event.type) {
    case 'instance.exited': {
      if (event.expected) return undefined;
      const exit = `${exitWords(event.exit)}${handOf(event, cause)}`;
      const said = event.exit.signal === null && event.exit.code !== 0 ? (lastWords(event.tail) ?? '') : '';
      const tone = event.exit.code === 0 ? 'plain' : 'bad';
      const totals = open?.outage?.totals ?? totalsBefore(at, service, metrics);
      const times = (open?.outage?.times ?? 0) + 1;
      const outage = { instance, exit, lastWords: said, times, totals, backAt: null, isCounted: false };
      if (open) return replace(before, index, { ...open, tone, text: endText(outage), outage });
      const subject = replicaLabel(service, event.replica);
      return add(before, { seq, at, service, subject, text: endText(outage), tone, outage });
    }
    case 'instance.backing-off': {
      if (!open?.outage) return undefined;
      const again = `${event.crashLoop ? 'keeps crashing, again' : 'restarting'} in ${duration(event.delayMs)}`;
      const text = endText(open.outage, again);
      return replace(before, index, { ...open, text, tone: event.crashLoop ? 'bad' : 'warn' });
    }
    case 'instance.ready': {
      if (!open?.outage) return undefined;
      const { exit, times } = open.outage;
      const text = `${exit}${times > 1 ? ` (${times} times)` : ''}, back in ${duration(at - open.at)}`;
      return replace(before, index, { ...open, text, tone: 'warn', outage: { ...open.outage, backAt: at } });
    }
    // A new version that is given up: it does not come back.
    case 'instance.removed':
      return open?.outage ? replace(before, index, { ...open, text: endText(open.outage) }) : undefined;
    default:
      return undefined;
  }
}

/** null: nobody looked then, as when the dashboard was opened later. Counters of a later moment have its requests in them. */
function totalsBefore(at: number, service: string, { sample, services }: Metrics): Totals | null {
  return sample !== null && sample.at <= at ? (services[service]?.total ?? null) : null;
}

/** What somebody else sends; all others are what a program runs into itself (SIGSEGV, SIGABRT, SIGPIPE). */
const SENT: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2']);

/**
 * A signal that no command of msvc's sent came from elsewhere: a person, a test of failure, the system when memory is
 * short. Where what led to it is not known any more, nobody is named.
 */
function handOf(event: Extract<MsvcEvent, { type: 'instance.exited' }>, cause: MsvcEvent | undefined): string {
  const { signal } = event.exit;
  if (signal === null) return '';
  if (cause?.type === 'command.received') return ` by \`msvc ${cause.command}\``;
  const isKnown = cause !== undefined || event.cause === undefined;
  return isKnown && SENT.has(signal) ? ' from outside' : '';
}

function endText({ exit, times, lastWords }: Outage, then = ''): string {
  const ended = `${exit}${times > 1 ? ` (${times} times)` : ''}`;
  return `${ended}${then === '' ? '' : `, ${then}`}${lastWords === '' ? '' : `: ${lastWords}`}`;
}

function add(before: readonly Happening[], one: Happening): readonly Happening[] {
  return [...before, one].slice(-KEPT);
}

function replace(before: readonly Happening[], index: number, one: Happening): readonly Happening[] {
  return before.map((other, i) => (i === index ? one : other));
}
