/**
 * One log line as the rows it takes on the screen: label, time, level, text, fields, with what was searched for
 * marked. Pure; what it makes is never wider than asked, whatever the service wrote.
 */
import { safeAnsi, stripAnsi } from '../../../runtime/logs/ansi.ts';
import { type Level, levelOfText } from '../../../runtime/logs/level.ts';
import { type StructuredLine, structuredLine } from '../../../runtime/logs/structured.ts';
import type { Colour, Style } from '../../style.ts';
import { textWidth } from '../../text-width.ts';
import { clock } from '../../wording/time.ts';
import { cutStyled, fitStyled, wrapStyled } from '../text.ts';
import type { LogLine } from './log-store.ts';

export interface LogLook {
  readonly width: number;
  readonly style: Style;
  /** Of the longest label; a quarter of the width at most is given to them. */
  readonly labelWidth: number;
  readonly colourOf: (service: string) => Colour | undefined;
  /** false: all lines are of one service, its name stands above. */
  readonly labels: boolean;
  readonly timestamps: boolean;
  readonly wrap: boolean;
  /** Every field on a row of its own. */
  readonly unfolded: boolean;
  readonly search: RegExp | undefined;
}

const LEVEL_COLOUR: Readonly<Record<Level, Colour>> = {
  trace: 'dim',
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
};
const TAB = 8;
const LEAST_LABEL = 12;
const MAX_ROWS = 200;

export function logRows(line: LogLine, look: LogLook): string[] {
  const { style, width } = look;
  const head = headOf(line, look);
  const room = Math.max(8, width - head.width);
  const indent = ' '.repeat(head.width);
  const rows = bodyRows(line, look, room).slice(0, MAX_ROWS);
  return rows.map((row, i) => fitStyled(`${i === 0 ? head.text : style.dim(indent)}${row}`, width));
}

/** What `y` copies: the text alone, as the service wrote it, without colours. */
export function plainText(line: LogLine): string {
  return stripAnsi(line.text);
}

function headOf({ service, replica, time, stream }: LogLine, look: LogLook): { text: string; width: number } {
  const { style, labels, labelWidth, timestamps, colourOf } = look;
  let text = '';
  let width = 0;
  if (timestamps) {
    text += `${style.dim(clock(time))} `;
    width += 13;
  }
  if (labels) {
    // One long name must not take the room of what all of them say.
    const columns = Math.min(labelWidth, Math.max(LEAST_LABEL, Math.floor(look.width / 4)));
    const suffix = `.${replica}`;
    const label = `${cutStyled(service, columns - suffix.length)}${suffix}`;
    text += style.paint(colourOf(service), label.padEnd(columns));
    width += columns;
  }
  // Standard error is told by the bar's form, since many loggers write everything there.
  const bar = stream === 'stderr' ? '┆' : stream === 'msvc' ? '·' : '│';
  text += `${labels || timestamps ? ' ' : ''}${style.paint(labels ? colourOf(service) : 'dim', bar)} `;
  return { text, width: width + (labels || timestamps ? 3 : 2) };
}

function bodyRows(line: LogLine, look: LogLook, room: number): string[] {
  const { style } = look;
  if (line.stream === 'msvc') return laidOut(style.dim(marked(safe(line.text), look)), look, room);
  const plain = stripAnsi(line.text);
  const structured = structuredLine(plain);
  if (structured) return structuredRows(structured, look, room);
  const level = levelOfText(plain);
  const text = marked(safe(line.text), look);
  const isColoured = plain.length !== line.text.length;
  const grave = level === 'error' || level === 'fatal' || level === 'warn';
  return laidOut(grave && !isColoured ? style.paint(LEVEL_COLOUR[level], text) : text, look, room);
}

function structuredRows({ level, message, fields, stack }: StructuredLine, look: LogLook, room: number): string[] {
  const { style, unfolded } = look;
  const word = (level ?? '').toUpperCase().padEnd(5);
  const badge = level === undefined ? '' : `${style.paint(LEVEL_COLOUR[level], word)} `;
  const said = marked(safe(message), look);
  const text = level === 'error' || level === 'fatal' ? style.bold(said) : said;
  if (unfolded) {
    const names = Math.max(0, ...fields.map(([name]) => name.length));
    const rows = fields.flatMap(([name, value]) =>
      laidOut(`  ${style.paint('cyan', safe(name).padEnd(names))}  ${marked(safe(value), look)}`, look, room),
    );
    return [...laidOut(badge + text, look, room), ...rows, ...stackRows(stack, look, room)];
  }
  const pairs = fields.map(([name, value]) => `${safe(name)}=${marked(safe(value), look)}`).join(' ');
  const rows = laidOut(badge + text, look, room);
  // Folded fields take what the message leaves of its last row, never a row of their own.
  const last = rows.at(-1) ?? '';
  const left = room - textWidth(last) - 2;
  if (pairs !== '' && left > 4)
    rows[rows.length - 1] = `${last}${text === '' ? '' : '  '}${cutStyled(style.dim(pairs), left)}`;
  return [...rows, ...stackRows(stack, look, room)];
}

function stackRows(stack: readonly string[], look: LogLook, room: number): string[] {
  return stack.flatMap((row) => laidOut(look.style.dim(`  ${marked(safe(row), look)}`), look, room));
}

function laidOut(text: string, { wrap }: LogLook, room: number): string[] {
  return wrap ? wrapStyled(text, room) : [cutStyled(text, room)];
}

function safe(text: string): string {
  const expanded = text.includes('\t') ? text.replaceAll('\t', ' '.repeat(TAB)) : text;
  return safeAnsi(expanded.includes('\n') ? expanded.replaceAll('\n', ' ') : expanded);
}

/** Reverse video shows without colours too. Text that has escape sequences is marked only where a match has none. */
function marked(text: string, { search, style }: LogLook): string {
  if (!search) return text;
  const pattern = new RegExp(search.source, `${search.flags.replace(/[gy]/g, '')}g`);
  return text
    .split(/(\x1b\[[0-9;:]*m)/)
    .map((part) =>
      part.startsWith('\x1b') ? part : part.replace(pattern, (match) => (match === '' ? '' : style.reverse(match))),
    )
    .join('');
}
