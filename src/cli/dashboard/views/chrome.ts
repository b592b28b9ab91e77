/** What frames every view: the header, the line that speaks, the keys that matter here. Pure. */
import { readyCount, serviceState, type View } from '../../../model/view.ts';
import { textWidth } from '../../text-width.ts';
import { count, list } from '../../wording/lists.ts';
import { doing } from '../model/actions.ts';
import { COMMANDS, type CommandName, type CommandSpec, keyLabel, type ScreenName } from '../model/commands.ts';
import { selectedName } from '../model/selection.ts';
import type { State } from '../model/state.ts';
import { cutStyled, fitStyled } from '../text.ts';
import { age } from './format.ts';
import { type Look, toned } from './look.ts';

interface Health {
  readonly sign: string;
  readonly words: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'quiet';
}

export function healthOf(view: View): Health {
  const all = Object.values(view.services).filter((one) => one.enabled || one.error !== null);
  const states = all.map((service) => ({ name: service.name, state: serviceState(service) }));
  if (view.stopping) return { sign: '◌', words: 'stopping', tone: 'warn' };
  if (all.length === 0) return { sign: '○', words: 'nothing runs', tone: 'quiet' };
  const bad = states.filter(({ state }) => ['failed', 'crash-loop', 'failing', 'unhealthy'].includes(state));
  if (bad.length > 0)
    return {
      sign: '✗',
      words: `${list(
        bad.map(({ name }) => name),
        3,
      )} ${bad.length === 1 ? 'needs' : 'need'} you`,
      tone: 'bad',
    };
  const coming = states.filter(({ state }) => state !== 'ready' && state !== 'completed');
  if (coming.length === 0) return { sign: '●', words: `${count(all.length, 'service')} ready`, tone: 'good' };
  const serving = all.filter((service) => readyCount(service) > 0 || serviceState(service) === 'completed').length;
  return { sign: '◐', words: `${serving} of ${all.length} ready`, tone: 'warn' };
}

export function headerRow(state: State, { style }: Look, width: number): string {
  const { view, now } = state;
  // What is shown below is how it was then.
  const health: Health = state.isLost ? { sign: '✗', words: 'the engine is gone', tone: 'bad' } : healthOf(view);
  const left = ` ${style.bold(view.project?.name ?? 'msvc')}  ${toned(health.tone, `${health.sign} ${health.words}`, style)}`;
  const up = view.engine && !state.isLost ? style.dim(`up ${age(now - view.engine.startedAt)}`) : '';
  const gateway =
    view.gateway && !state.isLost
      ? view.gateway.up
        ? view.gateway.url
        : style.paint('red', 'gateway restarting')
      : '';
  return spread(left, [gateway, up].filter((part) => part !== '').join('  '), width);
}

const TABS = [
  ['1', 'Overview', 'overview'],
  ['2', 'Logs', 'logs'],
  ['3', 'Map', 'map'],
] as const;

const TAB_GAP = 3;

function tabs(state: State): readonly { readonly key: string; readonly name: string; readonly screen: ScreenName }[] {
  return TABS.map(([key, title, screen]) => {
    const isOfService = state.screen === 'service' && screen === 'overview';
    return { key, name: isOfService ? `${title} › ${selectedName(state)}` : title, screen };
  });
}

export function tabsRow(state: State, { style }: Look, width: number, right: string): string {
  const shown = tabs(state).map(({ key, name, screen }) => {
    const isHere = state.screen === screen || (screen === 'overview' && state.screen === 'service');
    return isHere ? `${style.dim(key)} ${style.bold(style.paint('underline', name))}` : style.dim(`${key} ${name}`);
  });
  return spread(` ${shown.join(' '.repeat(TAB_GAP))}`, right, width);
}

/** Which tab stands at that column of their row. */
export function tabAt(state: State, column: number): ScreenName | null {
  let at = 1;
  for (const { key, name, screen } of tabs(state)) {
    const end = at + textWidth(`${key} ${name}`);
    if (column >= at && column < end) return screen;
    at = end + TAB_GAP;
  }
  return null;
}

const SPINNER = ['◐', '◓', '◑', '◒'];

/** What is being typed, asked, done or was just seen; blank most of the time. */
export function speakingRow(state: State, { style }: Look, width: number): string {
  const { mode, notice, actions, now } = state;
  if (mode.kind === 'typing') {
    const { kind, text } = mode.typing;
    const sign = { palette: ':', search: '/', filter: 'only lines that match: ', time: 'jump to (14:05, 5m): ' }[kind];
    return cutStyled(` ${style.bold(sign)}${text}${style.reverse(' ')}`, width);
  }
  if (mode.kind === 'quitting') {
    return cutStyled(
      ` ${style.bold('Stop the system?')}  ${style.bold('y')} stop it   ${style.bold('d')} leave it running   ${style.bold('Esc')} stay`,
      width,
    );
  }
  const running = actions[0];
  if (running) {
    const spin = SPINNER[Math.floor(now / 250) % SPINNER.length];
    return cutStyled(
      ` ${style.paint('yellow', `${spin} ${doing(running, state.view)}`)}${actions.length > 1 ? style.dim(` and ${actions.length - 1} more`) : ''}`,
      width,
    );
  }
  if (state.isLost)
    return cutStyled(
      ` ${style.paint('red', '✗ the engine went away; q leaves, `msvc up` starts the system again')}`,
      width,
    );
  if (!notice) return '';
  const sign = { good: '✓ ', bad: '✗ ', warn: '! ', plain: '', quiet: '' }[notice.tone];
  return cutStyled(` ${toned(notice.tone, sign + notice.text, style)}`, width);
}

const HINTS: Readonly<Record<State['screen'], readonly (readonly [CommandName, string])[]>> = {
  overview: [
    ['open', 'open'],
    ['logs-of', 'logs'],
    ['restart', 'restart'],
    ['stop', 'stop'],
    ['start', 'start'],
    ['kill', 'kill'],
    ['more', 'replica'],
    ['palette', 'command'],
    ['help', 'keys'],
    ['quit', 'quit'],
  ],
  service: [
    ['back', 'back'],
    ['logs-of', 'logs'],
    ['restart', 'restart'],
    ['kill', 'kill replica'],
    ['browse', 'browser'],
    ['shell', 'shell'],
    ['help', 'keys'],
    ['quit', 'quit'],
  ],
  logs: [
    ['search', 'search'],
    ['filter', 'filter'],
    ['level', 'level'],
    ['wrap', 'wrap'],
    ['timestamps', 'times'],
    ['fields', 'fields'],
    ['copy', 'copy'],
    ['bottom', 'follow'],
    ['help', 'keys'],
    ['quit', 'quit'],
  ],
  map: [
    ['open', 'open'],
    ['logs-of', 'logs'],
    ['kill', 'kill'],
    ['restart', 'restart'],
    ['palette', 'command'],
    ['help', 'keys'],
    ['quit', 'quit'],
  ],
};

const SPECS: readonly CommandSpec[] = COMMANDS;

/** As many as fit, the last two always. */
export function hintsRow(state: State, { style }: Look, width: number): string {
  if (state.mode.kind === 'typing') {
    const hints =
      state.mode.typing.kind === 'palette' ? 'Tab completes   ↑↓ choose   ⏎ run   Esc cancel' : '⏎ accept   Esc cancel';
    return style.dim(cutStyled(` ${hints}`, width));
  }
  if (state.mode.kind === 'help') return style.dim(cutStyled(' ↑↓ scroll   any other key closes', width));
  const all = HINTS[state.screen].map(([name, text]) => {
    const key = keyLabel(SPECS.find((spec) => spec.name === name)?.keys[0] ?? '');
    return { text: `${style.bold(key)} ${style.dim(text)}`, width: textWidth(key) + text.length + 4 };
  });
  const fixed = all.slice(-2);
  let room = width - 1 - fixed.reduce((sum, one) => sum + one.width, 0);
  const fitting = all.slice(0, -2).filter((one) => {
    room -= one.width;
    return room >= 0;
  });
  return cutStyled(` ${[...fitting, ...fixed].map(({ text }) => text).join('   ')}`, width);
}

export function spread(left: string, right: string, width: number): string {
  const rightWidth = textWidth(right);
  if (rightWidth + 10 > width) return fitStyled(left, width);
  return `${fitStyled(cutStyled(left, width - rightWidth - 3), width - rightWidth - 1)}${right} `;
}
