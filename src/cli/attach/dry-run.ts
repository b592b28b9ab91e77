/** `msvc up --dry-run`: the plan, and nothing else. Where no engine runs, none is started for it. */
import type { PlanStep } from '../../model/event.ts';
import { select } from '../../model/select.ts';
import type { Context } from '../context.ts';
import { tryConnect } from '../engine/connect.ts';
import { planLines } from '../wording/plan.ts';
import { upParams, wantedDefinition } from './begin.ts';
import type { UpFlags } from './options.ts';

export async function dryRun(context: Context, services: readonly string[], flags: UpFlags): Promise<number> {
  const definition = await wantedDefinition(context, services, flags);
  const params = upParams(context, services, flags, true);
  const connected = await tryConnect(context);
  let steps: readonly PlanStep[];
  if (connected) {
    try {
      steps = (await connected.client.request('up', params, { project: definition.json })).steps;
    } finally {
      connected.client.close();
    }
  } else {
    steps = select(definition.project, params).services.map((service) => ({ action: 'start', service, changed: [] }));
  }
  if (flags.json) context.out.json(steps);
  else for (const line of planLines(steps)) context.out.line(line);
  return 0;
}
