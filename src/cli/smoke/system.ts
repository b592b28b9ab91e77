/** A running msvc system as checks see it: by the control socket, the log files and the databases. */
import path from 'node:path';
import { cellJson } from '../../data/cells.ts';
import { queryDatabase } from '../../data/index.ts';
import type { ServiceName } from '../../model/names.ts';
import type { Disturbance, Json } from '../../model/smoke.ts';
import { serviceState } from '../../model/view.ts';
import { stripAnsi } from '../../runtime/logs/ansi.ts';
import { readLogs } from '../../runtime/logs/read.ts';
import type { SystemUnderTest } from '../../smoke/system.ts';
import type { Context } from '../context.ts';
import { follow } from '../engine/feed.ts';
import { definedOf } from '../project.ts';
import { addFault } from './fault.ts';
import type { Session } from './session.ts';

/** @param signal ends what waits for the system */
export function systemOf(session: Session, context: Context, signal: AbortSignal): SystemUnderTest {
  const { client, project, gatewayUrl } = session;
  const wanted = new Map<string, number>();
  return {
    gatewayUrl,
    projectName: project.name,
    query: async (service, sql) => {
      const results = await queryDatabase(project.services[service]?.database?.path as string, sql);
      const { columns, rows } = results.at(-1) ?? { columns: [], rows: [] };
      return rows.map((row) => Object.fromEntries(row.map((cell, i) => [columns[i], cellJson(cell)])) as Json);
    },
    hasLine: async (service, sinceMs, passes) => {
      const dir = path.join(project.stateDir, 'logs');
      for await (const batch of readLogs({ dir, services: [{ service }], sinceMs, notes: false })) {
        if (batch.some(({ line }) => passes(stripAnsi(line)))) return true;
      }
      return false;
    },
    environment: async (service) => {
      if (service !== undefined)
        return { ...(await client.request('environment', { service })).values, GATEWAY_URL: gatewayUrl };
      return { ...definedOf(context.env), GATEWAY_URL: gatewayUrl, MSVC_PROJECT: project.name };
    },
    disturb: (disturbance) => disturb(session, disturbance, wanted, signal),
    recover: async ({ verb, services }) => {
      if (verb === 'stop') {
        await client.request('start', { services });
        await untilReady(session, services, signal);
      } else if (verb === 'scale') {
        const replicas = Object.fromEntries(services.map((name) => [name, wanted.get(name) ?? 1]));
        await client.request('scale', { scale: replicas });
      }
    },
    addFault: (fault) => addFault(client, fault),
  };
}

async function disturb(
  session: Session,
  disturbance: Disturbance,
  wanted: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const { client } = session;
  const { verb, services } = disturbance;
  switch (verb) {
    case 'restart':
      await client.request('restart', { services, noDeps: true });
      return;
    case 'stop':
      await client.request('stop', { services });
      return;
    case 'scale': {
      const view = await client.request('view', {});
      for (const name of services) wanted.set(name, view.services[name]?.wanted ?? 1);
      await client.request('scale', {
        scale: Object.fromEntries(services.map((name) => [name, disturbance.replicas])),
      });
      return;
    }
    case 'kill': {
      const from = await client.request('view', {});
      const { pids } = await client.request('kill', {
        targets: services.map((service) => ({ service })),
        signal: 'SIGKILL',
      });
      let exits = 0;
      for await (const { event, view } of follow(client, from, signal)) {
        if (event.type === 'instance.exited' && services.includes(event.service)) exits++;
        if (exits >= pids.length && services.every((name) => isReady(view.services[name]))) return;
      }
    }
  }
}

async function untilReady({ client }: Session, services: readonly ServiceName[], signal: AbortSignal): Promise<void> {
  let view = await client.request('view', {});
  if (services.every((name) => isReady(view.services[name]))) return;
  for await (const told of follow(client, view, signal)) {
    view = told.view;
    if (services.every((name) => isReady(view.services[name]))) return;
  }
}

function isReady(service: Parameters<typeof serviceState>[0] | undefined): boolean {
  return service !== undefined && ['ready', 'completed'].includes(serviceState(service));
}
