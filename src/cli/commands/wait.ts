/** `msvc wait`: for scripts; its exit code is its answer. */
import { Option } from 'commander';
import type { Client } from '../../control/client.ts';
import { MsvcError } from '../../model/error.ts';
import type { View } from '../../model/view.ts';
import type { CommandModule } from '../command.ts';
import type { Context } from '../context.ts';
import { assertServices, notRunning, serviceNames, withEngine } from '../engine/connect.ts';
import { awaitOutcome, outcomeError, waitFor } from '../engine/wait-for.ts';
import { explain } from '../examples.ts';
import { durationFlag } from '../flags/duration.ts';
import type { WaitJson } from '../json-contract.ts';
import type { Outcome } from '../verdict.ts';

const DEFAULT_TIMEOUT_MS = 120_000;

interface Options {
  readonly for: 'healthy' | 'completed' | 'stopped';
  readonly timeout: number;
  readonly json?: boolean;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('[services...]', 'only these; without any, all that were asked to run')
      .addOption(
        new Option('--for <state>', 'what to wait for').choices(['healthy', 'completed', 'stopped']).default('healthy'),
      )
      .addOption(
        new Option('--timeout <time>', 'give up after this long; 0 = at once')
          .argParser(durationFlag('--timeout'))
          .default(DEFAULT_TIMEOUT_MS, '2m'),
      )
      .option('--json', 'how each service ended up, for programs');
    explain(
      command,
      [
        { line: 'msvc wait api --for healthy --timeout 5s', does: 'until every replica of api is ready' },
        { line: 'msvc wait migrate --for completed', does: 'until the job has exited 0' },
      ],
      ['Exit codes: 0 it is so, 1 a service failed, 5 the time is over, 6 no such project is running.'],
    );
    bind(command, async (context, services: readonly string[], options: Options) =>
      withEngine(context, async (client) => {
        const view = await appliedView(context, client, options.timeout);
        assertServices(services, serviceNames(view));
        const enabled = Object.values(view.services).filter((s) => s.enabled || options.for === 'stopped');
        const wanted = services.length > 0 ? services : enabled.map((s) => s.name);
        const wait = { services: wanted, goal: options.for, timeoutMs: options.timeout, from: view };
        if (!options.json) {
          await waitFor(context, client, wait);
          return 0;
        }
        const { outcome, timedOut } = await awaitOutcome(client, wait);
        context.out.json(waitJson(outcome));
        if (timedOut || outcome.failed.length > 0) throw outcomeError(outcome, wait, timedOut);
        return 0;
      }),
    );
  },
};

/** An engine that has just begun may not have been given the definition yet: nothing is not what was asked for. */
async function appliedView(context: Context, client: Client, timeoutMs: number): Promise<View> {
  const view = await client.request('view', {});
  if (serviceNames(view).length > 0) return view;
  const events = client.stream('events', { after: view.seq, follow: true }, AbortSignal.timeout(timeoutMs));
  try {
    for await (const { type } of events) if (type === 'project.applied') return await client.request('view', {});
  } catch (error) {
    // Whoever had begun it went away before it was given anything.
    if (!(error instanceof MsvcError) || error.code !== 'MSVC_ENGINE_LOST') throw error;
  }
  throw notRunning(context);
}

function waitJson({ verdicts }: Outcome): WaitJson {
  return { services: verdicts.map(({ service, state, outcome, reason }) => ({ service, state, outcome, reason })) };
}
