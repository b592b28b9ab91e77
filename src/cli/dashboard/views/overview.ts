/** The overview's rows: the table of services, what is wrong, what happened. Pure. */

import { isAlive } from '../../../model/instance.ts';
import { type ImageWork, readyCount, type ServiceView, serviceState } from '../../../model/view.ts';
import type { Style } from '../../style.ts';
import { textWidth } from '../../text-width.ts';
import { exitWords } from '../../wording/exits.ts';
import { progressBar, pulledShare, workText } from '../../wording/images.ts';
import { list } from '../../wording/lists.ts';
import { stateColour } from '../../wording/states.ts';
import { clock } from '../../wording/time.ts';
import type { Happening } from '../model/happenings.ts';
import { addressOf } from '../model/perform.ts';
import type { Problem } from '../model/problems.ts';
import { selectedName } from '../model/selection.ts';
import type { State } from '../model/state.ts';
import { cutStyled, fitStyled, withoutStyle } from '../text.ts';
import { age, bytes, latency, percent, rate, sparkline } from './format.ts';
import { tableWindow } from './layout.ts';
import { heading, type Look, sign, toned } from './look.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align?: 'right';
  /** The lower, the longer it stays when there is little room. */
  readonly rank: number;
  readonly value: (service: ServiceView, state: State, look: Look, width: number) => string;
}

const SPARK_SECONDS = 120;
const SPARK_TITLE = '2 MIN';
/** Columns more than its least. */
const MOST_SPARK = 35;
const CLOCK_WIDTH = 8;
const PULL_BAR = 10;

/** Fixed columns; the state takes what is left. */
const COLUMNS: readonly Column[] = [
  {
    title: 'READY',
    width: 7,
    align: 'right',
    rank: 0,
    value: (service) => `${readyCount(service)}/${service.wanted}`,
  },
  {
    title: 'REQ/S',
    width: 7,
    align: 'right',
    rank: 3,
    value: ({ name }, { metrics }) => shown(metrics.services[name]?.requestsPerSecond, rate),
  },
  {
    title: 'ERR',
    width: 5,
    align: 'right',
    rank: 4,
    value: ({ name }, { metrics }, { style }) => {
      const share = metrics.services[name]?.failedShare;
      const text = shown(share, percent);
      return share ? style.paint('red', text) : text;
    },
  },
  {
    title: 'P95',
    width: 8,
    align: 'right',
    rank: 5,
    value: ({ name }, { metrics }) => shown(metrics.services[name]?.p95Ms, latency),
  },
  {
    title: SPARK_TITLE,
    width: 7,
    rank: 6,
    value: ({ name }, { metrics }, { style }, width) => {
      const one = metrics.services[name];
      if (!one || one.requestsPerSecond === null) return '';
      return `  ${style.paint('cyan', sparkline(one.series, width - 2, SPARK_SECONDS))}`;
    },
  },
  {
    title: 'CPU',
    width: 5,
    align: 'right',
    rank: 1,
    value: ({ name }, { metrics }) => shown(metrics.services[name]?.cpu, percent),
  },
  {
    title: 'MEM',
    width: 6,
    align: 'right',
    rank: 2,
    value: ({ name }, { metrics }) => shown(metrics.services[name]?.memoryBytes, bytes),
  },
  {
    title: 'RESTARTS',
    width: 10,
    align: 'right',
    rank: 8,
    value: ({ restarts }, _state, { style }) => (restarts > 0 ? style.paint('yellow', String(restarts)) : '0'),
  },
  {
    title: 'UP',
    width: 9,
    align: 'right',
    rank: 7,
    value: (service, state) => {
      const since = oldestReady(service);
      return since === null ? '-' : age(state.now - since);
    },
  },
  {
    title: '  ADDRESS',
    width: 40,
    rank: 9,
    value: (service, state, { style }) => `  ${style.dim(addressOf(state, service) ?? '-')}`,
  },
];

const MIN_NAME = 8;
const MAX_NAME = 28;
/** What a state has at least; its words have as much more as they need before a sparkline has any. */
const STATE_WIDTH = { narrow: { least: 16, most: 24 }, wide: { least: 24, most: 40 }, wideFrom: 100 };
/** Sign, and the gaps beside name and state. */
const MARGINS = 6;

/** By rank, as long as name and state keep their room; shown in their own order. */
function columnsFor(room: number): readonly Column[] {
  let left = room;
  const fitting = [...COLUMNS]
    .sort((a, b) => a.rank - b.rank)
    .filter(({ width }) => {
      left -= width;
      return left >= 0;
    });
  return COLUMNS.filter((column) => fitting.includes(column));
}

export function tableRows(state: State, look: Look, width: number, height: number): string[] {
  const { style } = look;
  const { services, from, to } = tableWindow(state, height);
  const name = Math.min(MAX_NAME, Math.max(MIN_NAME, ...services.map(({ name }) => name.length)));
  // While a system starts, what is waited for matters more than a sparkline of nothing.
  const isWaiting = services.some((service) => service.waitingOn.length > 0 || service.image !== null);
  const { least: few, most } = width < STATE_WIDTH.wideFrom && !isWaiting ? STATE_WIDTH.narrow : STATE_WIDTH.wide;
  const words = new Map(services.slice(from, to).map((service) => [service, stateWords(service, style, state.now)]));
  const longest = Math.max(0, ...[...words.values()].map(textWidth));
  const least = Math.min(most, Math.max(few, longest));
  const columns = columnsFor(width - name - least - MARGINS);
  const fixed = columns.reduce((sum, column) => sum + column.width, 0);
  const left = width - name - fixed - MARGINS;
  // What is over goes to the sparkline first, then to what is waited for.
  const hasSpark = columns.some(({ title }) => title === SPARK_TITLE);
  const spark = hasSpark ? Math.max(0, Math.min(MOST_SPARK, left - least)) : 0;
  const stateWidth = Math.max(4, Math.min(40, left - spark));
  const wide = columns.map((column) =>
    column.title === SPARK_TITLE ? { ...column, width: column.width + spark, title: sparkTitle(spark) } : column,
  );
  const titles = wide.map((column) =>
    fitStyled(column.align ? column.title : `  ${column.title.trim()}`, column.width, column.align),
  );
  const head = style.dim(`   ${fitStyled('SERVICE', name)}  ${fitStyled('STATE', stateWidth)}${titles.join('')}`);
  const selected = selectedName(state);
  const rows = services.slice(from, to).map((service) => {
    const cells = wide.map((column) =>
      fitStyled(column.value(service, state, look, column.width), column.width, column.align),
    );
    const isSelected = service.name === selected;
    const label = fitStyled(service.name, name);
    const line = ` ${sign(serviceState(service), style)} ${isSelected ? style.bold(label) : label}  ${fitStyled(words.get(service) ?? '', stateWidth)}${cells.join('')}`;
    return isSelected ? highlighted(fitStyled(line, width)) : line;
  });
  return [cutStyled(head, width), ...rows];
}

/** `1-12 of 61` where the table does not show all of them, otherwise nothing. */
export function tableStatus(state: State, { style }: Look, height: number): string {
  const { services, from, to } = tableWindow(state, height);
  return to - from < services.length ? style.dim(`${from + 1}-${to} of ${services.length}`) : '';
}

/** A bar over the whole width. Without colours: reversed they would be blocks of it. */
export function highlighted(row: string): string {
  return `\x1b[7m${withoutStyle(row)}\x1b[27m`;
}

/** The state in words, with what it waits for, how far its image is, or how it ended. */
export function stateWords(service: ServiceView, style: Style, now: number): string {
  const state = serviceState(service);
  const words = style.paint(stateColour(state), state);
  if (service.image) return `${words} ${style.dim(imageWords(service.image, now))}`;
  if (service.held) return `${words} ${style.dim('(held)')}`;
  if (service.waitingOn.length > 0 && (state === 'pending' || state === 'starting')) {
    return `${words} ${style.dim(`waits for ${list(service.waitingOn.map((one) => one.service))}`)}`;
  }
  const ejected = Object.values(service.instances).filter((one) => one.ejectedUntil !== null).length;
  if (ejected > 0) return `${words} ${style.paint('yellow', `(${ejected} ejected)`)}`;
  if (state === 'failing') return `${words} ${style.dim('(previous serves)')}`;
  if (state === 'backing-off' || state === 'crash-loop' || state === 'failed' || state === 'degraded') {
    const ended = Object.values(service.instances).find((one) => one.exit && !isAlive(one.phase));
    if (ended?.exit) return `${words} ${style.dim(exitWords(ended.exit))}`;
  }
  return words;
}

/** A bar where there is something to measure. */
function imageWords(image: ImageWork, now: number): string {
  const share = image.progress && pulledShare(image.progress);
  return share === null ? workText(image, now) : `${progressBar(share, PULL_BAR)} ${workText(image, now)}`;
}

export function problemRows(problems: readonly Problem[], look: Look, width: number, most: number): string[] {
  const { style } = look;
  const rows = problems.slice(0, most).map(({ text, grave, help }) => {
    const keys = help.map(([key, does]) => `${style.bold(key)} ${does}`).join(style.dim('  '));
    const keysWidth = help.reduce((sum, [key, does]) => sum + key.length + does.length + 3, 0);
    const said = style.paint(
      grave ? 'red' : 'yellow',
      cutStyled(`${grave ? '✗' : '!'} ${text}`, Math.max(20, width - keysWidth - 3)),
    );
    return ` ${said}  ${keys}`;
  });
  const hidden = problems.length - rows.length;
  return hidden > 0 ? [...rows.slice(0, -1), ` ${style.paint('red', `✗ and ${hidden + 1} more`)}`] : rows;
}

/**
 * The latest last. What something cost stands behind it, or below it where there is no room; so does the rest of what
 * went wrong.
 */
export function happeningRows(happenings: readonly Happening[], look: Look, width: number, height: number): string[] {
  const { style, labels } = look;
  const latest = happenings.slice(-(height - 1));
  const subject = Math.min(24, Math.max(6, ...latest.map((one) => one.subject.length)));
  const indent = 1 + CLOCK_WIDTH + 2 + subject + 2;
  const rows = latest.flatMap(({ at, subject: who, tone, text, cost }) => {
    const label = style.paint(labels.colourOf(who), fitStyled(who, subject));
    const head = ` ${style.dim(clock(at).slice(0, CLOCK_WIDTH))}  ${label}  `;
    const room = Math.max(1, width - indent);
    const whole = cost === undefined ? text : `${text} · ${cost}`;
    const isLong = tone !== 'plain' && tone !== 'quiet';
    const parts =
      textWidth(whole) <= room
        ? [whole]
        : [...(isLong ? inTwo(text, room) : [text]), ...(cost === undefined ? [] : [cost])];
    return parts.map((part, i) =>
      cutStyled(`${i === 0 ? head : ' '.repeat(indent)}${toned(tone, part, style)}`, width),
    );
  });
  const shownRows = rows.length > 0 ? rows.slice(-(height - 1)) : [style.dim('   nothing yet')];
  return [` ${heading('WHAT HAPPENED', style)}`, ...shownRows];
}

/** Between two words; what does not fit into the second row is cut there. */
function inTwo(text: string, room: number): string[] {
  if (textWidth(text) <= room) return [text];
  const words = text.split(' ');
  let first = words.shift() ?? '';
  while (words.length > 0 && textWidth(`${first} ${words[0]}`) <= room) first += ` ${words.shift()}`;
  return words.length === 0 ? [first] : [first, words.join(' ')];
}

function sparkTitle(more: number): string {
  return more > 5 ? `LAST ${SPARK_TITLE}` : SPARK_TITLE;
}

function oldestReady(service: ServiceView): number | null {
  const times = Object.values(service.instances).flatMap((one) =>
    one.phase === 'ready' && one.readyAt ? [one.readyAt] : [],
  );
  return times.length > 0 ? Math.min(...times) : null;
}

function shown(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '-' : format(value);
}
