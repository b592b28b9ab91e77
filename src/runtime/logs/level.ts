/** How grave a log line is, on the scale that loggers of all languages share. Pure. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

export type Level = (typeof LEVELS)[number];

/** Names that loggers use (syslog, Python, slog, Serilog, zap, log4j), lower case. */
const NAMES: Readonly<Record<string, Level>> = {
  trace: 'trace',
  trc: 'trace',
  verbose: 'trace',
  vrb: 'trace',
  silly: 'trace',
  debug: 'debug',
  dbg: 'debug',
  fine: 'debug',
  info: 'info',
  inf: 'info',
  information: 'info',
  informational: 'info',
  notice: 'info',
  http: 'info',
  warn: 'warn',
  wrn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  severe: 'error',
  fatal: 'fatal',
  ftl: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  panic: 'fatal',
  dpanic: 'fatal',
  alert: 'fatal',
  emerg: 'fatal',
  emergency: 'fatal',
};

/** @returns undefined when it is no name of a level; slog's `ERROR+2` counts as its base. */
export function levelOfName(name: string): Level | undefined {
  return NAMES[name.toLowerCase().replace(/[+-]\d+$/, '')];
}

/** pino and bunyan count 10 (trace) to 60 (fatal). */
export function levelOfNumber(value: number): Level | undefined {
  if (!(value >= 10 && value <= 100)) return undefined;
  return LEVELS[Math.min(LEVELS.length - 1, Math.floor(value / 10) - 1)];
}

export function isAtLeast(level: Level | undefined, least: Level): boolean {
  return level !== undefined && LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

/** `[error]`, `ERROR:`, `level=warn`, `WARN  `: near the beginning, and never a word of a sentence. */
const BARE =
  /(?:^|[\s[(|:<])(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRITICAL|CRIT|PANIC|SEVERE)(?=[\s\])|:>,]|$)/;
const MARKED =
  /[[<(](trace|debug|info|notice|warn|warning|error|err|fatal|critical|crit)[\])>]|^(trace|debug|info|warn|warning|error|fatal|panic|critical):/i;
/** klog: `E0102 15:04:05.000000`. */
const KLOG = /^([IWEF])\d{4} \d\d:/;
const KLOG_LEVELS: Readonly<Record<string, Level>> = { I: 'info', W: 'warn', E: 'error', F: 'fatal' };
const LOOKED_AT = 96;

/** Of a line of plain text. */
export function levelOfText(text: string): Level | undefined {
  const head = text.length > LOOKED_AT ? text.slice(0, LOOKED_AT) : text;
  const bare = BARE.exec(head) ?? MARKED.exec(head);
  if (bare) return levelOfName(bare[1] ?? bare[2] ?? '');
  const klog = KLOG.exec(head);
  return klog ? KLOG_LEVELS[klog[1]!] : undefined;
}
