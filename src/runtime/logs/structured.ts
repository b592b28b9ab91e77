/**
 * Log lines that are data: JSON (pino, bunyan, winston, structlog, slog, logrus, zap, Serilog, ECS, Cloud Logging) and
 * logfmt (`level=info msg="..."`). Finds the message, the level and the rest of the fields. Pure.
 */
import { type Level, levelOfName, levelOfNumber, levelOfText } from './level.ts';

export interface StructuredLine {
  readonly level: Level | undefined;
  readonly message: string;
  /** What is left, in the order of the line: not the message, the level, nor the time, which msvc has its own of. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Lines of a stack trace that came as a field. */
  readonly stack: readonly string[];
}

const MESSAGE = ['msg', 'message', 'event', '@m', 'Message', '@mt', 'text', 'short_message'];
const LEVEL = [
  'level',
  'lvl',
  'severity',
  'levelname',
  'log.level',
  '@l',
  'LogLevel',
  'Level',
  'log_level',
  'loglevel',
];
const TIME = new Set(['time', 'ts', 'timestamp', '@timestamp', '@t', 'asctime', 'datetime', 'Timestamp', 'eventTime']);
const STACK = ['stack', 'stacktrace', 'stack_trace', 'exception', 'exc_info', 'error.stack_trace', '@x', 'traceback'];
/** Said on every line by bunyan and pino, and the same on each. */
const CONSTANT = new Set(['pid', 'hostname', 'v']);

/** @returns undefined for a line that is plain text */
export function structuredLine(line: string): StructuredLine | undefined {
  const first = line.charCodeAt(0);
  if (first === 0x7b) return jsonLine(line);
  return line.includes('msg=') || line.includes('level=') ? logfmtLine(line) : undefined;
}

/** Of any line, cheaply where it is plain. */
export function levelOfLine(line: string): Level | undefined {
  const structured = structuredLine(line);
  return structured ? structured.level : levelOfText(line);
}

function jsonLine(line: string): StructuredLine | undefined {
  if (!line.trimEnd().endsWith('}')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  return fromFields(Object.entries(parsed));
}

const PAIR = /([A-Za-z_@][\w.@-]*)=("(?:[^"\\]|\\.)*"|\S*)(?:\s+|$)/y;

/** Every word must be `name=value`: a sentence that happens to contain one is no logfmt. */
function logfmtLine(line: string): StructuredLine | undefined {
  const entries: [string, unknown][] = [];
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < line.length) {
    const pair = PAIR.exec(line);
    if (!pair) return undefined;
    const [, name = '', value = ''] = pair;
    entries.push([name, value.startsWith('"') ? unquoted(value) : value]);
  }
  return entries.length > 1 ? fromFields(entries) : undefined;
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

function fromFields(entries: readonly (readonly [string, unknown])[]): StructuredLine | undefined {
  const byName = new Map(entries);
  const messageKey = MESSAGE.find((key) => typeof byName.get(key) === 'string');
  const levelKey = LEVEL.find((key) => byName.has(key)) ?? nestedLevel(byName);
  if (messageKey === undefined && levelKey === undefined) return undefined;
  const fields: [string, string][] = [];
  const stack: string[] = [];
  for (const [name, value] of entries) {
    if (name === messageKey || name === levelKey || TIME.has(name) || CONSTANT.has(name)) continue;
    const trace = traceOf(name, value);
    if (trace) stack.push(...trace.split('\n').filter((row) => row.trim() !== ''));
    else fields.push([name, shown(value)]);
  }
  const message = messageKey === undefined ? '' : String(byName.get(messageKey));
  return { level: levelOf(levelKey === 'log' ? nested(byName) : byName.get(levelKey ?? '')), message, fields, stack };
}

/** ECS nests it: `{"log": {"level": "info"}}`. */
function nestedLevel(byName: ReadonlyMap<string, unknown>): string | undefined {
  return nested(byName) === undefined ? undefined : 'log';
}

function nested(byName: ReadonlyMap<string, unknown>): unknown {
  const log = byName.get('log');
  return typeof log === 'object' && log !== null ? (log as Record<string, unknown>).level : undefined;
}

function levelOf(value: unknown): Level | undefined {
  if (typeof value === 'number') return levelOfNumber(value);
  if (typeof value !== 'string') return undefined;
  return /^\d+$/.test(value) ? levelOfNumber(Number(value)) : levelOfName(value);
}

/** pino writes `err: { type, message, stack }`, most others one text. */
function traceOf(name: string, value: unknown): string | undefined {
  if (STACK.includes(name) && typeof value === 'string' && value.includes('\n')) return value;
  if ((name === 'err' || name === 'error') && typeof value === 'object' && value !== null) {
    const { stack } = value as { stack?: unknown };
    return typeof stack === 'string' ? stack : undefined;
  }
  return undefined;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return /[\s"=]/.test(value) || value === '' ? JSON.stringify(value) : value;
  return JSON.stringify(value) ?? '';
}
