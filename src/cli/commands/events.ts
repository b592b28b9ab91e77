/** `msvc events`: the account of everything that happened in this run or the last, each with what led to it. */

import { pastRuns } from '../../control/past-events.ts';
import type { MsvcEvent } from '../../model/event.ts';
import type { PlainModule } from '../command.ts';
import type { Context } from '../context.ts';
import { assertServices, notRunning, serviceNames, tryConnect } from '../engine/connect.ts';
import { endedRuns, lastPicture } from '../engine/past.ts';
import { explain } from '../examples.ts';
import { following } from '../flags/following.ts';
import { assertKnown } from '../flags/known-word.ts';
import { momentFlag } from '../flags/moment.ts';
import type { Output } from '../output.ts';
import { padText } from '../text-width.ts';
import { EVENT_TYPES, eventSaying } from '../wording/events.ts';
import { clock } from '../wording/time.ts';

interface Options {
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly since?: number;
  readonly until?: number;
  readonly type?: readonly string[];
}

export const { define }: PlainModule = {
  define(command, bind) {
    command
      .argument('[services...]', 'only events of these')
      .option('-f, --follow', 'go on with what happens from now, until the system stops')
      .option('--since <time>', 'only from then on: 5m (ago), 14:05, a date', momentFlag('--since'))
      .option('--until <time>', 'only until then', momentFlag('--until'))
      .option('--type <type...>', 'only these types, e.g. instance.exited')
      .option('--json', 'one event a line, for programs');
    explain(
      command,
      [
        { line: 'msvc events --since 5m orders', does: 'the last five minutes of orders' },
        { line: 'msvc events -f --json', does: 'everything as it happens, for a program' },
      ],
      [
        'Without a running system: those of its last run, and with --since of every run that is kept (some ten thousand events).',
        'Their fields are in docs/reference/events.md.',
      ],
    );
    bind(command, async (context, services: readonly string[], options: Options) => {
      const listed = 'they are listed in docs/reference/events.md';
      assertKnown('--type', options.type ?? [], { what: 'a type of event', known: EVENT_TYPES, listed });
      const wanted = filterOf(services, options);
      for await (const event of account(context, services, options)) {
        if (options.until !== undefined && event.at > options.until) break;
        if (wanted(event))
          await context.out.flood(options.json ? `${JSON.stringify(event)}\n` : line(context.out, event));
      }
      return 0;
    });
  },
};

/** Of this run, or of the last one when none goes on; with --since of all runs that are kept. */
async function* account(context: Context, services: readonly string[], options: Options): AsyncGenerator<MsvcEvent> {
  const { since } = options;
  const { follow, over } = following(options);
  const connected = await tryConnect(context);
  if (!connected) {
    const runs = options.follow ? [] : await endedRuns(context);
    const last = runs.at(-1);
    if (!last) throw notRunning(context);
    assertServices(services, serviceNames(lastPicture(last).view));
    yield* (since === undefined ? [last] : runs).flatMap((run) => run.events);
    return;
  }
  const { client, record } = connected;
  try {
    assertServices(services, serviceNames(await client.request('view', {})));
    const earlier = since === undefined || since >= record.startedAt ? [] : pastRuns(record.stateDir);
    for (const { events } of earlier) {
      if (events.some((event) => event.type === 'engine.started' && event.run === record.run)) break;
      yield* events;
    }
    for await (const event of client.stream('events', { after: 0, follow }, over)) {
      yield event;
      // The connection ends with the process.
      if (event.type === 'engine.stopped') return;
    }
  } finally {
    client.close();
  }
}

function filterOf(services: readonly string[], { since, type }: Options): (event: MsvcEvent) => boolean {
  return (event) => {
    if (event.type === 'stream.gap') return true;
    if (since !== undefined && event.at < since) return false;
    if (type !== undefined && !type.includes(event.type)) return false;
    return services.length === 0 || ('service' in event && services.includes(event.service ?? ''));
  };
}

function line({ style }: Output, event: MsvcEvent): string {
  const { subject, text } = eventSaying(event);
  const cause = event.cause === undefined ? '' : style.dim(` <- ${event.cause}`);
  const head = `${style.dim(clock(event.at))}  ${String(event.seq).padStart(5)}  ${padText(event.type, 21)}`;
  return `${head} ${padText(subject, 12)}  ${text}${cause}\n`;
}
