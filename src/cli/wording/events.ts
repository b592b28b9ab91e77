/**
 * Every kind of event in one short sentence: for `msvc events`, `msvc why` and the running account of `msvc up`.
 * Pure: made from the event's facts alone.
 */
import path from 'node:path';
import type { ErrorData } from '../../model/error.ts';
import type { EventFacts, EventOf, EventType, MsvcEvent, RolloutReason } from '../../model/event.ts';
import { edgeLabel, type FaultEnd } from '../../model/fault.ts';
import type { StopReason } from '../../model/instance.ts';
import { replicaLabel } from '../../model/names.ts';
import type { Condition } from '../../model/project.ts';
import { commandLine, shortCommand } from './commands.ts';
import { exitWords } from './exits.ts';
import { faultText, remainingText } from './faults.ts';
import { pullingText } from './images.ts';
import { count, list } from './lists.ts';
import { noticeText } from './notices.ts';
import { planLines } from './plan.ts';
import { reasonHint, reasonText } from './reasons.ts';
import { type Saying, saying, type Tone } from './saying.ts';
import { duration } from './time.ts';

/** What to do about it, below what happened. */
function hintLines(error: ErrorData): readonly string[] {
  const hint = reasonHint(error);
  return hint === undefined ? [] : [`hint: ${hint}`];
}

type Words = readonly [text: string, tone?: Tone, details?: readonly string[]];
type Table = { readonly [T in EventType]: (event: EventOf<T>) => Words };

const CONDITIONS: Readonly<Record<Condition, string>> = {
  service_started: 'to start',
  service_healthy: 'to be healthy',
  service_completed_successfully: 'to complete',
};

const STOP_REASONS: Readonly<Record<StopReason, string>> = {
  down: 'the system goes down',
  stop: 'asked to',
  scale: 'fewer replicas are wanted',
  replaced: 'a new version has taken over',
  withdrawn: 'the new version did not come up',
  unhealthy: 'it is unhealthy',
  'start-timeout': 'it did not become ready in time',
  restart: 'it is being restarted',
  kill: 'it was killed on request',
  removed: 'it is no longer in the file',
};

const RETURN_REASONS: Readonly<Record<EventFacts['instance.returned']['reason'], string>> = {
  time: 'its time away is over',
  ready: 'it became ready anew',
  'too-few': 'too few others are left',
};

const CLOSE_REASONS: Readonly<Record<EventFacts['breaker.closed']['reason'], string>> = {
  trial: 'the trial request went well',
  ready: 'a new instance is ready',
  definition: 'its definition changed',
};

const FAULT_ENDS: Readonly<Record<FaultEnd, string>> = {
  cleared: 'was cleared',
  expired: 'has ended: its time is over',
  definition: 'has ended: the definition changed',
};

/** Why a system stopped. */
export const ENDING: Readonly<Record<EventFacts['engine.stopping']['reason'], string>> = {
  down: '`msvc down`',
  'lease-ended': 'the terminal that owned it has gone',
  signal: 'the engine got a signal',
  failure: 'a service failed',
};

function rolloutText(reason: RolloutReason, files: readonly string[]): string {
  switch (reason) {
    case 'watch':
      return `reloading: ${
        list(
          files.map((file) => path.basename(file)),
          3,
        ) || 'a file'
      } changed`;
    case 'definition':
      return 'replacing: its definition changed';
    case 'restart':
      return 'restarting';
    case 'dependency':
      return 'restarting, because a service it depends on was replaced';
    case 'retry':
      return 'replacing: the last attempt failed, so it is tried again';
  }
}

const REGISTRATION_ENDS = {
  deregistered: 'deregistered',
  'connection-closed': 'gone: whoever registered it has left',
  expired: 'gone: its check was critical for too long',
  replaced: 'registered anew for another service',
} as const;

const TABLE: Table = {
  'engine.started': (e) => [`engine ${e.version} started (pid ${e.pid})`],
  'engine.stopping': (e) => [`stopping the system: ${ENDING[e.reason]}`, e.reason === 'failure' ? 'bad' : 'plain'],
  'engine.stopped': (e) => [`the system has stopped, in ${duration(e.tookMs)}`],
  'engine.noticed': (e) => [noticeText(e.code, e.facts), 'warn'],
  'command.received': (e) => [`\`${commandLine(e)}\``],
  'project.applied': (e) => [planLines(e.steps).join('; ')],

  'service.defined': (e) => [`defined: ${count(e.wanted, 'replica')}`, 'quiet'],
  'service.removed': () => ['no longer part of the system'],
  'service.scaled': (e) => [`scaling from ${e.from} to ${e.to}`],
  'service.waiting': (e) => [
    e.on.length === 0
      ? 'waits no longer'
      : `waits for ${list(e.on.map((w) => `${w.service} ${CONDITIONS[w.condition]}`))}`,
    'quiet',
  ],
  'service.blocked': (e) => [`cannot start: ${reasonText(e.error)}`, 'bad'],
  'service.started': () => ['asked to run', 'quiet'],
  'service.stopped': (e) => [e.reason === 'removed' ? 'stopped' : 'stopped on request'],
  'service.held': (e) => [e.held ? 'held: what its probe finds does nothing to it until `msvc release`' : 'released'],

  'hook.started': (e) => [`pre_start: ${e.command}`],
  'hook.exited': (e) =>
    e.exit.code === 0
      ? [`pre_start done in ${duration(e.tookMs)}`]
      : [`pre_start ${exitWords(e.exit)} after ${duration(e.tookMs)}: ${e.command}`, 'bad'],
  'migration.applied': (e) => [`migrated: ${path.basename(e.file)} (${duration(e.tookMs)})`],
  'seed.applied': (e) => [`seeded: ${path.basename(e.file)} (${duration(e.tookMs)})`],
  'image.pulling': (e) => [pullingText(e.image, e.progress)],
  'image.pulled': (e) => [`pulled ${e.image} in ${duration(e.tookMs)}`],
  'image.building': (e) => [`building ${e.image} from ${e.context}`],
  'image.built': (e) => [`built ${e.image} in ${duration(e.tookMs)}`],
  'files.synced': (e) => [`${count(e.count, 'file')} copied into ${count(e.containers, 'container')}`],
  'preparation.failed': (e) => [`cannot start: ${reasonText(e.error)}`, 'bad', hintLines(e.error)],

  'rollout.started': (e) => [rolloutText(e.reason, e.files)],
  'rollout.finished': (e) => [`new version serves after ${duration(e.tookMs)}`, 'good'],
  'rollout.failed': (e) => [`${e.serving ? 'failing (serving previous)' : 'failed'}: ${reasonText(e.error)}`, 'bad'],

  'instance.created': (e) => [e.port === null ? 'planned' : `planned on port ${e.port}`, 'quiet'],
  'instance.launched': (e) => [
    `launched as ${e.container === undefined ? `process ${e.pid}` : `container ${e.container}`}${e.launch > 1 ? ` (launch ${e.launch})` : ''}`,
    'quiet',
  ],
  'instance.moved': (e) => [
    `port ${e.from} is taken by ${e.pid === null ? 'another program' : `process ${e.pid} (${shortCommand(e.command ?? '')})`}: moved to ${e.port}`,
    'warn',
  ],
  'instance.ready': (e) => [`ready in ${duration(e.tookMs)}`, 'good'],
  'instance.unhealthy': (e) => [
    `unhealthy after ${count(e.failures, 'failed probe')} (${e.probe}): ${e.detail}`,
    'bad',
  ],
  'instance.recovered': () => ['healthy again', 'good'],
  'instance.paused': () => ['paused by somebody else: it takes no requests until it goes on', 'warn'],
  'instance.resumed': () => ['goes on', 'good'],
  'instance.probe-failed': (e) => [`probe failed (${e.probe}): ${e.detail}`, 'warn'],
  'instance.exited': (e) => [exitWords(e.exit), e.expected || e.exit.code === 0 ? 'plain' : 'bad', e.tail],
  'instance.backing-off': (e) => [
    `${e.crashLoop ? 'crash-loop: ' : ''}restarting in ${duration(e.delayMs)} (attempt ${e.attempt})`,
    e.crashLoop ? 'bad' : 'warn',
  ],
  'instance.stopping': (e) => [`stopping: ${STOP_REASONS[e.reason]}`],
  'instance.lingering': (e) => [
    `still stopping: ${
      list(
        e.members.map((m) => `process ${m.pid} (${shortCommand(m.command)})`),
        3,
      ) || 'its processes'
    }, killed in ${duration(e.remainingMs)}`,
    'warn',
  ],
  'instance.forced': (e) => [`did not stop in time: killed ${count(e.pids.length, 'process', 'processes')}`, 'warn'],
  'instance.stopped': (e) => [
    `stopped${e.reason === 'down' || e.reason === 'stop' ? '' : `: ${STOP_REASONS[e.reason]}`}`,
  ],
  'instance.completed': () => ['completed', 'good'],
  'instance.failed': (e) => [`failed: ${e.error.message}`, 'bad'],
  'instance.removed': () => ['gone', 'quiet'],
  'instance.ejected': (e) => [
    `passed over by the gateway for ${duration(e.forMs)}: ${count(e.failures, 'request')} failed in a row`,
    'warn',
  ],
  'instance.returned': (e) => [`takes requests again: ${RETURN_REASONS[e.reason]}`],

  'registration.added': (e) => [
    `registered at ${e.host}:${e.port}${e.by === 'consul' ? ' through the Consul API' : ''}`,
  ],
  'registration.ready': () => ['takes requests', 'good'],
  'registration.unready': (e) => [`takes no requests: ${e.detail}`, 'warn'],
  'registration.ended': (e) => [REGISTRATION_ENDS[e.reason]],
  'containers.lost': (e) => [`the container engine is away: ${e.message}; asking again`, 'bad'],
  'containers.restored': (e) => [`the container engine is back after ${duration(e.afterMs)}`, 'good'],

  'gateway.listening': (e) => [`listening on ${e.url}`],
  'gateway.lost': (e) => [`went away and is being started again: ${e.message}`, 'bad'],
  'registry.listening': (e) => [
    `registry answers Consul clients on ${e.url}, token in ${e.tokenFile ?? 'the secret of the definition'}`,
  ],
  'registry.closed': () => ['the HTTP port of the registry is closed'],
  'edge.listening': (e) => [`edge ${e.caller} -> ${e.callee} on port ${e.port}`, 'quiet'],
  'edge.closed': (e) => [`edge ${e.caller} -> ${e.callee} closed`, 'quiet'],
  'breaker.opened': (e) => [
    e.again
      ? `circuit stays open for ${duration(e.openMs)}: the trial request failed`
      : `circuit opens for ${duration(e.openMs)}: ${e.failures} of ${count(e.requests, 'request')} failed`,
    'bad',
  ],
  'breaker.closed': (e) => [`circuit closes: ${CLOSE_REASONS[e.reason]}`, 'good'],
  'fault.added': (e) => [`${faultText(e.fault)}, ${remainingText(e.fault, e.fault.addedAt)}`, 'warn'],
  'fault.ended': (e) => [`${faultText(e.fault)} ${FAULT_ENDS[e.reason]}`],
  'route.changed': (e) => [count(e.routes.length, 'route'), 'quiet'],
  'watch.changed': (e) => [
    `${list(
      e.files.map((file) => path.basename(file)),
      3,
    )} changed`,
  ],
  'lease.taken': (e) => [`owned by ${count(e.owners, 'terminal')}`, 'quiet'],
  'lease.ended': (e) => [
    e.reason === 'released' ? 'given up by a terminal' : 'a terminal that owned the system has gone',
    'quiet',
  ],
  'stream.gap': (e) => [`${count(e.missed, 'event')} were too many to be shown`, 'warn'],
};

export const EVENT_TYPES: readonly string[] = Object.keys(TABLE);

export function eventSaying(event: MsvcEvent): Saying {
  const words = TABLE[event.type] as (event: MsvcEvent) => Words;
  const [text, tone, details] = words(event);
  return saying(subjectOf(event), text, tone, details);
}

function subjectOf(event: MsvcEvent): string {
  if (event.type.startsWith('registration.') && 'id' in event) return String(event.id);
  if ('replica' in event && event.replica !== undefined) return replicaLabel(event.service, event.replica);
  if ('service' in event && event.service !== undefined) return event.service;
  if (event.type === 'breaker.opened' || event.type === 'breaker.closed') {
    return event.route === undefined ? edgeLabel(event) : `${edgeLabel(event)} (${event.route})`;
  }
  if (event.type.startsWith('gateway.') || event.type.startsWith('edge.') || event.type.startsWith('route.')) {
    return 'gateway';
  }
  if (event.type === 'fault.added' || event.type === 'fault.ended') return edgeLabel(event.fault);
  return 'msvc';
}
