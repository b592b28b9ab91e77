/**
 * The one writer of the state: takes what came (a key, an event, a sample) and gives the next state and what is to be
 * done outside. Pure: no clock, no terminal, no engine.
 */
import { eventSaying } from '../../wording/events.ts';
import type { Input } from '../terminal/input.ts';
import { outcomeOf, seen } from './actions.ts';
import { commandOfKey } from './commands.ts';
import { withEvent, withTotals } from './happenings.ts';
import { withSample } from './metrics.ts';
import { momentOf } from './moment.ts';
import { type Next, only, said } from './next.ts';
import { offers, parse } from './palette.ts';
import { perform, press } from './perform.ts';
import { known } from './selection.ts';
import type { Message, State, Typing } from './state.ts';

const KEPT_EVENTS = 2000;
/** A sentence stays this long. */
const NOTICE_MS = 10_000;

export function update(before: State, message: Message, now: number): Next {
  const state = { ...before, now };
  switch (message.type) {
    case 'input':
      return takeInput(state, message.input);
    case 'pressed':
      return press(state, message.target);
    case 'event':
      return only(takeEvent(state, message));
    case 'sample': {
      const metrics = withSample(state.metrics, message.sample);
      return only({ ...state, metrics, happenings: withTotals(state.happenings, metrics) });
    }
    case 'resize':
      return { state: { ...state, size: message.size }, effects: [{ do: 'redraw' }] };
    case 'tick': {
      const isOld = state.notice !== null && now - state.notice.at > NOTICE_MS;
      return only(isOld ? { ...state, notice: null } : state);
    }
    case 'details':
      return only({ ...state, details: message.details });
    case 'acted':
      return only(takeAnswer(state, message));
    case 'said':
      return only(said(state, message.text, message.tone));
    case 'lost':
      return only({ ...state, isLost: true });
  }
}

function takeEvent(state: State, { event, view }: Extract<Message, { type: 'event' }>): State {
  const events = [...state.events, event];
  const cause = event.cause === undefined ? undefined : state.events.findLast(({ seq }) => seq === event.cause);
  const next: State = {
    ...state,
    view,
    events: events.length > KEPT_EVENTS * 1.1 ? events.slice(-KEPT_EVENTS) : events,
    happenings: withEvent(state.happenings, event, view, state.metrics, cause),
    actions: state.actions.map((action) => seen(action, event)),
  };
  const told = event.type === 'engine.stopping' ? said(next, eventSaying(event).text, 'warn') : next;
  return settled(told);
}

function takeAnswer(state: State, { id, error, seq, pids = 1 }: Extract<Message, { type: 'acted' }>): State {
  const action = state.actions.find((one) => one.id === id);
  if (!action) return state;
  const others = state.actions.filter((one) => one.id !== id);
  if (error !== null) return said({ ...state, actions: others }, error, 'bad');
  return settled({ ...state, actions: [...others, { ...action, answeredSeq: seq, pids }] });
}

/** Says of every action that is over what was seen of it. */
function settled(state: State): State {
  let next = state;
  for (const action of state.actions) {
    const outcome = outcomeOf(action, state.view, state.metrics, state.now);
    if (!outcome) continue;
    next = said({ ...next, actions: next.actions.filter((one) => one !== action) }, outcome.text, outcome.tone);
  }
  return next;
}

function takeInput(state: State, input: Input): Next {
  if (input.type === 'paste') {
    const { mode } = state;
    if (mode.kind !== 'typing') return only(state);
    const text = mode.typing.text + input.text.replace(/[\x00-\x1f\x7f]/g, ' ');
    return only(typing(state, { ...mode.typing, text, choice: 0 }));
  }
  if (input.type === 'wheel') return wheel(state, input.by);
  // Where it was, the views know: it comes as `pressed`.
  if (input.type === 'click') return only(state);
  const { key } = input;
  // Escape and a key pressed right after it: nothing here is bound to Alt.
  if (key.startsWith('alt-')) {
    const first = takeInput(state, { type: 'key', key: 'escape' });
    const second = takeInput(first.state, { type: 'key', key: key.slice('alt-'.length) });
    return { state: second.state, effects: [...first.effects, ...second.effects] };
  }
  switch (state.mode.kind) {
    case 'typing':
      return typed(state, state.mode.typing, key);
    case 'help':
      return helpKey(state, key);
    case 'quitting':
      return answerQuit(state, key);
    case 'normal': {
      const command = commandOfKey(key, state.screen);
      return command ? perform(state, command, []) : only(state);
    }
  }
}

function wheel(state: State, by: number): Next {
  if (state.mode.kind === 'help') return helpScroll(state, by);
  if (state.screen === 'logs') return { state, effects: [{ do: 'log', command: { name: 'move', by } }] };
  if (state.screen === 'overview') return perform(state, by < 0 ? 'up' : 'down', []);
  return only({ ...state, scroll: Math.max(0, state.scroll + by) });
}

function helpKey(state: State, key: string): Next {
  const command = commandOfKey(key, 'overview');
  const page = Math.max(1, state.size.rows - 4);
  if (command === 'down') return helpScroll(state, 1);
  if (command === 'up') return helpScroll(state, -1);
  if (command === 'page-down') return helpScroll(state, page);
  if (command === 'page-up') return helpScroll(state, -page);
  if (command === 'interrupt') return perform({ ...state, mode: { kind: 'normal' } }, 'interrupt', []);
  return only({ ...state, mode: { kind: 'normal' } });
}

function helpScroll(state: State, by: number): Next {
  if (state.mode.kind !== 'help') return only(state);
  return only({ ...state, mode: { kind: 'help', scroll: Math.max(0, state.mode.scroll + by) } });
}

function answerQuit(state: State, key: string): Next {
  const normal: State = { ...state, mode: { kind: 'normal' } };
  if (key === 'y' || key === 'enter' || key === 'ctrl-c')
    return { state: normal, effects: [{ do: 'leave', how: 'stop' }] };
  if (key === 'd' || key === 'n') return { state: normal, effects: [{ do: 'leave', how: 'detach' }] };
  return only(normal);
}

function typing(state: State, next: Typing): State {
  const live = next.kind === 'search' ? { ...state, logs: { ...state.logs, search: next.text } } : state;
  return { ...live, mode: { kind: 'typing', typing: next } };
}

function typed(state: State, now: Typing, key: string): Next {
  const normal: State = { ...state, mode: { kind: 'normal' } };
  const edit = (text: string): Next => withSearch(typing(state, { ...now, text, choice: 0 }), now.kind);
  switch (key) {
    case 'escape':
    case 'ctrl-c':
      return now.kind === 'search'
        ? withSearch({ ...normal, logs: { ...normal.logs, search: '' } }, 'search')
        : only(normal);
    case 'enter':
      return entered(normal, now);
    case 'backspace':
    case 'ctrl-h':
      return now.text === '' ? only(normal) : edit(Array.from(now.text).slice(0, -1).join(''));
    case 'ctrl-u':
      return edit('');
    case 'ctrl-w':
      return edit(now.text.replace(/\S+\s*$/, ''));
    case 'tab':
    case 'right': {
      const offer = offers(now.text, known(state))[now.choice];
      return now.kind === 'palette' && offer ? edit(offer.line) : only(state);
    }
    case 'down':
    case 'ctrl-n':
      return only(typing(state, { ...now, choice: now.choice + 1 }));
    case 'up':
    case 'shift-tab':
    case 'ctrl-p':
      return only(typing(state, { ...now, choice: Math.max(0, now.choice - 1) }));
    default:
      return Array.from(key).length === 1 ? edit(now.text + key) : only(state);
  }
}

function withSearch(state: State, kind: Typing['kind']): Next {
  return kind === 'search' ? { state, effects: [{ do: 'log-options' }] } : only(state);
}

function entered(state: State, { kind, text, choice }: Typing): Next {
  switch (kind) {
    case 'search':
      return {
        state: { ...state, logs: { ...state.logs, search: text } },
        effects: [
          { do: 'log-options' },
          ...(text === '' ? [] : [{ do: 'log', command: { name: 'search-first' } } as const]),
        ],
      };
    case 'filter':
      return { state: { ...state, logs: { ...state.logs, filter: text } }, effects: [{ do: 'log-options' }] };
    case 'time': {
      const at = momentOf(text, state.now);
      if (at === null) return only(said(state, `${text} is no time: 14:05, 14:05:30, 5m`, 'warn'));
      return { state, effects: [{ do: 'log', command: { name: 'time', at } }] };
    }
    case 'palette': {
      if (text.trim() === '') return only(state);
      const list = offers(text, known(state));
      const line = choice > 0 && list[choice] ? list[choice].line : text;
      const parsed = parse(line, known(state));
      if ('error' in parsed) return only(said(state, parsed.error, 'warn'));
      return perform(state, parsed.command, parsed.words);
    }
  }
}
