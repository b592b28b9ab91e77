/** `healthcheck` -> which probe, and how often. Without one, the port's accepting is the probe (a worker has none). */
import type { Healthcheck, ProbeSpec } from '../../model/project.ts';
import { DEFAULTS } from '../defaults.ts';
import { shellText } from '../interpolate/shell-text.ts';
import type { Problems } from '../problems.ts';
import { type Node, nodeAt, placeOf } from '../tree/node.ts';
import { asMap, booleanOf, entriesOf, get, itemsOf, numberOf, templateOf, textOf } from '../tree/read.ts';
import { parseDurationMs } from '../units.ts';
import { argumentsOf } from './command.ts';

/** `probe` undefined: none was written. */
export interface WrittenHealthcheck extends Omit<Healthcheck, 'probe'> {
  readonly probe: ProbeSpec | undefined;
  /** Which of the times stand in the file. */
  readonly written: readonly string[];
}

const PROBE_KEYS = ['http', 'tcp', 'log', 'test'] as const;
const TIME_KEYS = ['interval', 'timeout', 'retries', 'start_period', 'start_interval'] as const;

export function healthcheckOf(node: Node | undefined, problems: Problems): WrittenHealthcheck {
  const duration = (key: string, otherwise: number): number =>
    parseDurationMs(textOf(get(node, key)) ?? '') ?? otherwise;
  return {
    probe: probeOf(node, problems),
    intervalMs: Math.max(1, duration('interval', DEFAULTS.intervalMs)),
    timeoutMs: Math.max(1, duration('timeout', DEFAULTS.timeoutMs)),
    retries: numberOf(get(node, 'retries')) ?? DEFAULTS.retries,
    startPeriodMs: duration('start_period', DEFAULTS.startPeriodMs),
    startIntervalMs: Math.max(1, duration('start_interval', DEFAULTS.startIntervalMs)),
    written: TIME_KEYS.filter((key) => textOf(get(node, key)) !== undefined),
  };
}

function probeOf(node: Node | undefined, problems: Problems): ProbeSpec | undefined {
  const written = PROBE_KEYS.filter(
    (key) => get(node, key) !== undefined && !(key === 'tcp' && booleanOf(get(node, key)) === false),
  );
  if (written.length > 1) {
    const second = asMap(node)!.entries.get(written[1]!)!;
    const first = asMap(node)!.entries.get(written[0]!)!;
    problems.error(
      'conflicting-keys',
      `a service has one probe, not \`${written.join('` and `')}\``,
      placeOf(second.value),
      {
        related: [{ message: 'the other is here', place: placeOf(first.value) }],
      },
    );
  }
  if (booleanOf(get(node, 'disable')) === true) return { kind: 'none' };
  switch (written[0]) {
    case 'http':
      return httpProbe(get(node, 'http'), problems);
    case 'tcp': {
      const port = numberOf(get(node, 'tcp'));
      return { kind: 'tcp', ...(port !== undefined && { port }) };
    }
    case 'log':
      return logProbe(get(node, 'log'), problems);
    case 'test':
      return execProbe(get(node, 'test'), problems);
    default:
      return undefined;
  }
}

function httpProbe(node: Node | undefined, problems: Problems): ProbeSpec {
  const pathNode = asMap(node) ? get(node, 'path') : node;
  const path = textOf(pathNode) ?? '/';
  if (pathNode && !path.startsWith('/')) {
    problems.error(
      'bad-value',
      `\`healthcheck.http\` must be a path that starts with \`/\`, not \`${path}\``,
      placeOf(pathNode),
      {
        hint: pathInUrl(path),
      },
    );
  }
  const port = numberOf(get(node, 'port'));
  const headers = entriesOf(get(node, 'headers')).flatMap(({ key, value }) => {
    const text = textOf(value);
    return text === undefined ? [] : [[key, text] as const];
  });
  return {
    kind: 'http',
    path,
    ...(port !== undefined && { port }),
    headers: Object.fromEntries(headers),
    status: statusRange(get(node, 'status'), problems),
  };
}

function pathInUrl(text: string): string | undefined {
  const path = /^https?:\/\/[^/]*(\/.*)?$/.exec(text);
  return path ? `the host and port are the service's own: write \`${path[1] ?? '/'}\`` : `write \`/${text}\``;
}

function statusRange(node: Node | undefined, problems: Problems): { from: number; to: number } {
  const [, from, to] = /^(\d{3})(?:-(\d{3}))?$/.exec(textOf(node) ?? '') ?? [];
  if (from === undefined) return { from: 200, to: 399 };
  const range = { from: Number(from), to: Number(to ?? from) };
  if (node && range.from > range.to) {
    problems.error('bad-value', `the range \`${textOf(node)}\` is empty`, placeOf(node), {
      hint: `write \`${to}-${from}\``,
    });
  }
  return range;
}

function logProbe(node: Node | undefined, problems: Problems): ProbeSpec {
  const pattern = textOf(node) ?? '';
  try {
    new RegExp(pattern);
  } catch (error) {
    const reason = (error as Error).message.replace(/^Invalid regular expression: /, '');
    problems.error('bad-expression', `not a regular expression: ${reason}`, node && placeOf(node));
  }
  return { kind: 'log', pattern };
}

function execProbe(node: Node | undefined, problems: Problems): ProbeSpec {
  const line = templateOf(node);
  if (line !== undefined)
    return line === 'NONE' ? { kind: 'none' } : { kind: 'exec', command: { kind: 'shell', line: shellText(line) } };
  const [first, ...rest] = itemsOf(node);
  const word = textOf(first);
  if (word === 'NONE') return { kind: 'none' };
  const argv = argumentsOf(rest);
  if ((word === 'CMD' || word === 'CMD-SHELL') && argv.length === 0) {
    problems.error('bad-value', `\`${word}\` needs a command behind it`, placeOf(first!));
  }
  if (word === 'CMD-SHELL') {
    if (rest.length > 1) {
      const extra = nodeAt(node, ['2'])!;
      problems.error('bad-value', '`CMD-SHELL` takes one text', placeOf(extra), {
        hint: 'put the whole line in quotes, or use `CMD`',
      });
    }
    return { kind: 'exec', command: { kind: 'shell', line: shellText(argv[0] ?? '') } };
  }
  if (word !== 'CMD' && first !== undefined) {
    problems.error(
      'bad-value',
      `a list in \`healthcheck.test\` starts with \`CMD\`, \`CMD-SHELL\` or \`NONE\`, not \`${word ?? '...'}\``,
      placeOf(first),
      {
        hint: `write \`[CMD, ${word ?? '...'}${rest.length > 0 ? ', ...' : ''}]\``,
      },
    );
  }
  return { kind: 'exec', command: { kind: 'exec', argv } };
}
