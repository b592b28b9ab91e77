/** What each command of the table does to the state, from a key or from the palette. Pure. */

import { parseFaultTarget } from '../../../model/fault.ts';
import { isAlive } from '../../../model/instance.ts';
import { ownUrl } from '../../../model/instance-view.ts';
import { checksOf } from '../../../model/smoke.ts';
import type { ServiceView } from '../../../model/view.ts';
import type { Action, ActionKind } from './actions.ts';
import type { CommandName, ScreenName } from './commands.ts';
import { faultOf } from './fault-words.ts';
import { type Next, only, said } from './next.ts';
import { ordered } from './order.ts';
import { selectedName, shownInstances } from './selection.ts';
import type { Effect, LogCommand, State, Target } from './state.ts';

const VIEWS: readonly ScreenName[] = ['overview', 'logs', 'map'];
const LEVEL_STEPS = [null, 'debug', 'info', 'warn', 'error'] as const;
const MAX_REPLICAS = 100;

export function perform(state: State, command: CommandName, words: readonly string[]): Next {
  const named = words[0];
  const service = state.view.services[named ?? selectedName(state) ?? ''];
  switch (command) {
    case 'down':
      return move(state, 1);
    case 'up':
      return move(state, -1);
    case 'page-down':
    case 'page-up':
      return page(state, command === 'page-down' ? 1 : -1);
    case 'top':
      return end(state, -1);
    case 'bottom':
      return end(state, 1);
    case 'open':
      return service ? openService(state, service) : only(state);
    case 'back':
      return back(state);
    case 'next-view':
      return go(state, VIEWS[(VIEWS.indexOf(state.screen) + 1) % VIEWS.length]!);
    case 'overview':
    case 'map':
      return go(state, command);
    case 'logs':
      return showLogs(state, words);
    case 'logs-of':
      return showLogs(state, service ? [service.name] : []);
    case 'start':
    case 'stop':
    case 'restart':
      return service ? act(state, service, command) : only(state);
    case 'kill':
      return kill(state, service, named === undefined);
    case 'scale':
      return scale(state, service, words[1] === undefined ? null : Number(words[1]));
    case 'more':
    case 'fewer':
      return scale(state, service, service ? service.wanted + (command === 'more' ? 1 : -1) : null);
    case 'browse':
      return browse(state, service);
    case 'shell':
      return service ? shell(state, service, 'shell') : only(state);
    case 'attach':
      if (!service) return only(state);
      if (!state.project?.services[service.name]?.run.stdinOpen)
        return only(said(state, `${service.name} has no input; \`stdin_open: true\` gives it one`, 'warn'));
      return shell(state, service, 'attach');
    case 'db':
      if (!service) return only(state);
      if (!service.definition.database) return only(said(state, `${service.name} has no database`, 'warn'));
      return shell(state, service, 'db');
    case 'fault':
      return addFault(state, words);
    case 'clear':
      return clearFaults(state, named);
    case 'smoke':
      return smoke(state, named);
    case 'mute':
      return service ? mute(state, service.name) : only(state);
    case 'search':
      return withPattern(state, 'search', named);
    case 'filter':
      return withPattern(state, 'filter', named);
    case 'time':
      return type(state, 'time', named ?? '');
    case 'search-down':
    case 'search-up':
      if (state.logs.search === '') return only(said(state, 'nothing is searched for: / begins', 'quiet'));
      return log(state, { name: command });
    case 'error-up':
      return log(state, { name: command });
    case 'level':
      return level(state, named);
    case 'wrap':
      return logOption(state, { wrap: !state.logs.wrap }, `long lines are ${state.logs.wrap ? 'cut' : 'wrapped'}`);
    case 'timestamps':
      return logOption(
        state,
        { timestamps: !state.logs.timestamps },
        `times ${state.logs.timestamps ? 'hidden' : 'shown'}`,
      );
    case 'fields':
      return logOption(
        state,
        { unfolded: !state.logs.unfolded },
        `fields ${state.logs.unfolded ? 'folded' : 'unfolded'}`,
      );
    case 'select':
      return log(state, { name: 'select' });
    case 'copy':
    case 'pager':
    case 'editor':
    case 'redraw':
    case 'suspend':
      return { state, effects: [{ do: command }] };
    case 'mouse': {
      const text = state.mouse
        ? 'the terminal has the mouse: select text with it; M takes it back'
        : 'the wheel scrolls again';
      return { state: said({ ...state, mouse: !state.mouse }, text), effects: [{ do: 'mouse', on: !state.mouse }] };
    }
    case 'palette':
      return type(state, 'palette', '');
    case 'help':
      return only({ ...state, mode: { kind: 'help', scroll: 0 } });
    case 'detach':
      return { state, effects: [{ do: 'leave', how: 'detach' }] };
    case 'quit':
      if (state.isOwner && !state.isLost && !state.view.stopping) return only({ ...state, mode: { kind: 'quitting' } });
      return { state, effects: [{ do: 'leave', how: state.isOwner ? 'stop' : 'detach' }] };
    case 'interrupt':
      return { state, effects: [{ do: 'leave', how: state.isOwner ? 'stop' : 'detach' }] };
  }
}

function log(state: State, command: LogCommand): Next {
  return { state, effects: [{ do: 'log', command }] };
}

function move(state: State, by: number): Next {
  switch (state.screen) {
    case 'logs':
      return log(state, { name: 'move', by });
    case 'service': {
      const service = state.view.services[selectedName(state) ?? ''];
      const count = service ? shownInstances(service).length : 0;
      const replica = state.replica + by;
      // Beyond the replicas the rest of the page scrolls.
      if (replica >= 0 && replica < count && state.scroll === 0) return only({ ...state, replica });
      return only({ ...state, scroll: Math.max(0, state.scroll + by) });
    }
    default:
      return only(select(state, by));
  }
}

function select(state: State, by: number): State {
  const all = ordered(state.view);
  const at = all.findIndex(({ name }) => name === selectedName(state));
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
  return next ? { ...state, selected: next.name, replica: 0 } : state;
}

function page(state: State, by: number): Next {
  const rows = Math.max(1, state.size.rows - 8);
  if (state.screen === 'logs') return log(state, { name: 'page', by });
  if (state.screen === 'service') return only({ ...state, scroll: Math.max(0, state.scroll + by * rows) });
  return only(select(state, by * rows));
}

function end(state: State, to: -1 | 1): Next {
  if (state.screen === 'logs') return log(state, { name: to < 0 ? 'top' : 'follow' });
  if (state.screen === 'service') return only({ ...state, scroll: to < 0 ? 0 : Number.MAX_SAFE_INTEGER, replica: 0 });
  return only(select(state, to * Number.MAX_SAFE_INTEGER));
}

/** The first press selects, one on what is selected opens it. */
export function press(state: State, target: Target): Next {
  switch (target.kind) {
    case 'screen':
      return go(state, target.screen);
    case 'line':
      return log(state, { name: 'click', row: target.row });
    case 'replica':
      return only({ ...state, replica: target.index });
    case 'service': {
      const service = state.view.services[target.name];
      if (service && selectedName(state) === target.name) return openService(state, service);
      return only({ ...state, selected: target.name, replica: 0 });
    }
  }
}

function go(state: State, screen: ScreenName): Next {
  const trail = state.screen === screen ? state.trail : [...state.trail, state.screen].slice(-10);
  const next = { ...state, screen, trail, scroll: 0 };
  return screen === 'logs' ? { state: next, effects: [{ do: 'log-options' }] } : only(next);
}

function back(state: State): Next {
  if (state.screen === 'logs' && (state.logs.search !== '' || state.logs.filter !== '')) {
    return { state: { ...state, logs: { ...state.logs, search: '', filter: '' } }, effects: [{ do: 'log-options' }] };
  }
  const screen = state.trail.at(-1) ?? 'overview';
  return only({ ...state, screen, trail: state.trail.slice(0, -1), scroll: 0 });
}

function openService(state: State, service: ServiceView): Next {
  if (state.screen === 'service') return showLogs(state, [service.name]);
  const { state: next } = go({ ...state, selected: service.name, replica: 0 }, 'service');
  return { state: next, effects: [{ do: 'details', service: service.name }] };
}

function showLogs(state: State, services: readonly string[]): Next {
  const selected = services[0] ?? state.selected;
  return go({ ...state, selected, logs: { ...state.logs, services } }, 'logs');
}

function act(
  state: State,
  { name }: ServiceView,
  kind: ActionKind,
  more: { replica?: number | null; replicas?: number } = {},
): Next {
  const action: Action = {
    id: Math.max(0, ...state.actions.map(({ id }) => id)) + 1,
    kind,
    service: name,
    replica: more.replica ?? null,
    replicas: more.replicas ?? null,
    at: state.now,
    totals: state.metrics.services[name]?.total ?? null,
    answeredSeq: null,
    ended: 0,
    returned: 0,
    pids: 1,
  };
  const next = { ...state, notice: null, actions: [...state.actions, action] };
  return { state: next, effects: [{ do: 'request', action }] };
}

/** A key in the service's view means the selected replica, anywhere else the whole service. */
function kill(state: State, service: ServiceView | undefined, isKey: boolean): Next {
  if (!service) return only(state);
  const instance = state.screen === 'service' && isKey ? shownInstances(service)[state.replica] : undefined;
  return act(state, service, 'kill', { replica: instance?.replica ?? null });
}

function scale(state: State, service: ServiceView | undefined, replicas: number | null): Next {
  if (!service) return only(state);
  if (replicas === null) return type(state, 'palette', `scale ${service.name} `);
  if (replicas < 0 || replicas > MAX_REPLICAS) return only(state);
  return act(state, service, 'scale', { replicas });
}

function browse(state: State, service: ServiceView | undefined): Next {
  const url = service ? addressOf(state, service) : null;
  if (url === null) return only(said(state, `${service?.name ?? 'it'} has no address to open`, 'warn'));
  return { state, effects: [{ do: 'browse', url }] };
}

/** By its route where it has one, otherwise around the gateway. */
export function addressOf({ view }: State, service: ServiceView): string | null {
  const path = service.definition.routes[0]?.matches[0]?.path;
  if (view.gateway && path) return `${view.gateway.url}${path.type === 'RegularExpression' ? '/' : path.value}`;
  const alive = Object.values(service.instances).find((one) => isAlive(one.phase) && one.port !== null);
  return alive ? ownUrl(alive) : null;
}

function shell(state: State, service: ServiceView, what: 'shell' | 'db' | 'attach'): Next {
  const replica = shownInstances(service)[state.screen === 'service' ? state.replica : 0]?.replica ?? 1;
  return { state, effects: [{ do: what, service: service.name, replica }] };
}

/** The key asks for the edge and the effect, with the selected service's edges offered first. */
function addFault(state: State, words: readonly string[]): Next {
  if (words.length === 0) return type(state, 'palette', 'fault ');
  const fault = faultOf(words);
  return typeof fault === 'string' ? only(said(state, fault, 'warn')) : { state, effects: [{ do: 'fault', fault }] };
}

function clearFaults(state: State, named: string | undefined): Next {
  const edge = named === undefined ? null : (parseFaultTarget(named) ?? null);
  if (named !== undefined && edge === null) return only(said(state, `${named} names no edge`, 'warn'));
  if (state.view.faults.length === 0) return only(said(state, 'no fault is in force', 'quiet'));
  return { state, effects: [{ do: 'clear-faults', edge }] };
}

/** By words of their names; without any those of the selected service, and where it has none all that there are. */
function smoke(state: State, named: string | undefined): Next {
  const selected = selectedName(state);
  const own = checksOf(state.project?.smoke?.checks ?? []).filter(({ service }) => service === selected);
  const isOwn = named === undefined && own.length > 0;
  const only = named !== undefined ? [named] : own.map(({ name }) => name);
  const text = `running ${isOwn ? `the smoke checks of ${selected}` : 'the smoke checks'} …`;
  return { state: said(state, text), effects: [{ do: 'smoke', only }] };
}

function mute(state: State, name: string): Next {
  const isMuted = state.logs.muted.includes(name);
  const muted = isMuted ? state.logs.muted.filter((other) => other !== name) : [...state.logs.muted, name];
  return logOption(state, { muted }, isMuted ? `${name} is in the logs again` : `${name} is left out of the logs`);
}

function level(state: State, named: string | undefined): Next {
  const known = LEVEL_STEPS.find((step) => step === named);
  const at = LEVEL_STEPS.indexOf(state.logs.level);
  const next = named === undefined ? LEVEL_STEPS[(at + 1) % LEVEL_STEPS.length]! : (known ?? null);
  return logOption(state, { level: next }, next === null ? 'lines of every level' : `lines from ${next} on`);
}

function logOption(state: State, change: Partial<State['logs']>, text: string): Next {
  const effects: Effect[] = [{ do: 'log-options' }];
  return { state: said({ ...state, logs: { ...state.logs, ...change } }, text, 'quiet'), effects };
}

function type(state: State, kind: 'palette' | 'search' | 'filter' | 'time', text: string): Next {
  return only({ ...state, notice: null, mode: { kind: 'typing', typing: { kind, text, choice: 0 } } });
}

/** From the palette the expression comes along; the key asks for it. */
function withPattern(state: State, kind: 'search' | 'filter', pattern: string | undefined): Next {
  const shown = state.screen === 'logs' ? state : go(state, 'logs').state;
  if (pattern === undefined) return type(shown, kind, kind === 'filter' ? state.logs.filter : '');
  const next = { ...shown, logs: { ...shown.logs, [kind]: pattern } };
  const find: Effect[] = kind === 'search' ? [{ do: 'log', command: { name: 'search-first' } }] : [];
  return { state: next, effects: [{ do: 'log-options' }, ...find] };
}
