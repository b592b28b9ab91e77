/** `msvc up -d`: returns when the first steps have begun; with `--wait` when every service has got there, or cannot. */
import type { PlanStep } from '../../model/event.ts';
import { EMPTY_VIEW, type View } from '../../model/view.ts';
import type { Context } from '../context.ts';
import { type Feed, openFeed } from '../engine/feed.ts';
import { waitFor } from '../engine/wait-for.ts';
import type { UpJson } from '../json-contract.ts';
import { doubtsOf } from '../project.ts';
import { judgeAll } from '../verdict.ts';
import { count } from '../wording/lists.ts';
import { newsOf } from '../wording/news.ts';
import { planLines } from '../wording/plan.ts';
import { duration } from '../wording/time.ts';
import { type Begun, begin } from './begin.ts';
import type { UpFlags } from './options.ts';
import { Printer } from './printer.ts';

export async function detached(context: Context, services: readonly string[], flags: UpFlags): Promise<number> {
  let asked: Feed | null = null;
  const begun = await begin(context, services, flags, {
    asked: (engine) => {
      if (flags.wait) asked = openFeed(engine, EMPTY_VIEW);
    },
    view: false,
  });
  const printer = new Printer(context, { labels: begun.labels, timestamps: false, logPrefix: true });
  try {
    if (!flags.json) for (const line of planLines(begun.result.steps)) printer.tell(line);
    const started = targets(begun.result.steps);
    const view = flags.wait
      ? await waitUntilUp(context, begun, asked, printer, started, flags)
      : await begun.client.request('view', {});
    if (flags.json) context.out.json(upJson(context, begun, view, started));
    else if (view.gateway) printer.tell(`gateway at ${view.gateway.url}`);
    return 0;
  } finally {
    printer.close();
    begun.client.close();
  }
}

function targets(steps: readonly PlanStep[]): string[] {
  return steps.filter((step) => step.action !== 'stop' && step.action !== 'remove').map((step) => step.service);
}

/** @throws MsvcError MSVC_SERVICE_FAILED, MSVC_WAIT_TIMEOUT */
async function waitUntilUp(
  context: Context,
  begun: Begun,
  asked: Feed | null,
  printer: Printer,
  services: readonly string[],
  flags: UpFlags,
): Promise<View> {
  const view = await waitFor(context, begun.client, {
    services,
    goal: 'up',
    timeoutMs: flags.waitTimeout,
    from: begun.before,
    ...(asked?.client === begun.client && { feed: asked }),
    judgeFrom: begun.upTo,
    onTold: ({ event, view }) => {
      const news = flags.json || printer.shows(event) ? null : newsOf(event, view);
      // What services said last comes with the verdict.
      if (news) printer.say({ ...news, details: [] });
    },
    ...(flags.json && {
      quiet: true,
      onFailed: (view: View) => context.out.json(upJson(context, begun, view, services)),
    }),
  });
  // Since the command was typed: `performance` counts from the start of the process.
  if (!flags.json) printer.tell(`${count(services.length, 'service')} up after ${duration(performance.now())}`);
  return view;
}

function upJson(
  context: Context,
  { definition: { outline }, result }: Begun,
  view: View,
  services: readonly string[],
): UpJson {
  return {
    project: outline.name,
    dir: outline.dir,
    gateway: view.gateway?.url ?? null,
    steps: result.steps,
    warnings: doubtsOf(context),
    services: judgeAll(view, services, 'up').verdicts.map(({ service, state, outcome, reason }) => ({
      service,
      state,
      outcome,
      reason,
    })),
  };
}
