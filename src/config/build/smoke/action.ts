/** What a check does: one of `request`, `query`, `log`, `run`. */
import { type ServiceName, serviceName } from '../../../model/names.ts';
import type { Matcher, RequestBody, SmokeAction } from '../../../model/smoke.ts';
import { type Entry, type Node, placeAt, placeOf } from '../../tree/node.ts';
import { booleanOf, entriesOf, get, textOf } from '../../tree/read.ts';
import { parseDurationMs } from '../../units.ts';
import { commandOf } from '../command.ts';
import { type BuildContext, pathOf } from '../context.ts';
import { jsonOf } from './json.ts';
import { expressionOf } from './matcher.ts';

export const ACTIONS = ['request', 'query', 'log', 'run'] as const;

const REQUEST_TIMEOUT_MS = 10_000;
const RUN_TIMEOUT_MS = 300_000;
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export interface Around {
  /** Under which the check stands, or that it names. */
  readonly service: ServiceName | undefined;
  /** Where `run` runs when it does not say. */
  readonly workingDir: string;
  readonly context: BuildContext;
}

/** @returns undefined where what is written makes none; that has been told. */
export function actionOf(check: Node, entry: Entry, around: Around): SmokeAction | undefined {
  const node = entry.value;
  const timeoutMs = parseDurationMs(textOf(get(check, 'timeout')) ?? '');
  switch (entry.key as (typeof ACTIONS)[number]) {
    case 'request':
      return requestOf(node, timeoutMs ?? REQUEST_TIMEOUT_MS, around);
    case 'query': {
      const service = ownerOf(node, 'query', around);
      const sql = textOf(node.kind === 'map' ? get(node, 'sql') : node);
      return service === undefined || sql === undefined ? undefined : { kind: 'query', service, sql };
    }
    case 'log': {
      const service = ownerOf(node, 'log', around);
      const line = lineOf(node, around);
      const absent = booleanOf(get(node, 'absent')) === true;
      return service === undefined || line === undefined ? undefined : { kind: 'log', service, line, absent };
    }
    case 'run': {
      const command = commandOf(node);
      const workingDir = pathOf(get(check, 'working_dir')) ?? around.workingDir;
      return command && { kind: 'run', command, workingDir, timeoutMs: timeoutMs ?? RUN_TIMEOUT_MS };
    }
  }
}

function requestOf(node: Node, timeoutMs: number, { context: { problems } }: Around): SmokeAction {
  const long = node.kind === 'map';
  const bodies = ['json', 'form', 'body'].filter((key) => get(node, key) !== undefined);
  if (bodies.length > 1) {
    problems.error(
      'conflicting-keys',
      `a request has one body, not \`${bodies.join('` and `')}\``,
      placeOf(get(node, bodies[1]!)!),
      {
        related: [{ message: 'the other is here', place: placeOf(get(node, bodies[0]!)!) }],
      },
    );
  }
  const urlNode = long ? get(node, 'url') : node;
  const url = textOf(urlNode) ?? '/';
  if (urlNode && !/^(\/|https?:\/\/|\{\{)/.test(url)) {
    problems.error('bad-value', `\`${url}\` is no path and no URL`, placeOf(urlNode), {
      hint: `write \`/${url}\`, or a whole URL with \`http://\``,
    });
  }
  const body = bodyOf(node);
  const methodNode = get(node, 'method');
  const method = textOf(methodNode) ?? (body.kind === 'none' ? 'GET' : 'POST');
  if (methodNode && !METHOD.test(method))
    problems.error('bad-value', `\`${method}\` is not a method`, placeOf(methodNode));
  return {
    kind: 'request',
    method: method.toUpperCase(),
    url,
    query: textsOf(get(node, 'query')),
    headers: textsOf(get(node, 'headers')),
    body,
    timeoutMs,
  };
}

function bodyOf(node: Node): RequestBody {
  const [json, form, text] = [get(node, 'json'), get(node, 'form'), textOf(get(node, 'body'))];
  if (json) return { kind: 'json', value: jsonOf(json) };
  if (form) return { kind: 'form', fields: textsOf(form) };
  return text === undefined ? { kind: 'none' } : { kind: 'text', text };
}

function textsOf(node: Node | undefined): Record<string, string> {
  return Object.fromEntries(entriesOf(node).map(({ key, value }) => [key, textOf(value) ?? '']));
}

function ownerOf(node: Node, key: string, { service, context: { problems } }: Around): ServiceName | undefined {
  const named = node.kind === 'map' ? textOf(get(node, 'service')) : undefined;
  if (named !== undefined) return serviceName(named);
  if (service !== undefined) return service;
  problems.error('missing-key', `whose ${key === 'log' ? 'log' : 'database'} is meant is not said`, placeOf(node), {
    hint: `write \`service: NAME\` in \`${key}\``,
  });
  return undefined;
}

function lineOf(node: Node, { context: { problems } }: Around): Matcher | undefined {
  if (node.kind !== 'map') return { contains: textOf(node) ?? '' };
  const contains = textOf(get(node, 'contains'));
  const matches = get(node, 'matches');
  if (contains === undefined && matches === undefined) {
    const [first] = entriesOf(node);
    problems.error('missing-key', 'which line is meant is not said', first ? placeAt(first.keyOrigin) : placeOf(node), {
      hint: 'give `contains` or `matches`',
    });
    return undefined;
  }
  return { ...(contains !== undefined && { contains }), ...(matches && { matches: expressionOf(matches, problems) }) };
}
