/** What must hold of an outcome. */
import type { ServiceName } from '../../../model/names.ts';
import { serviceName } from '../../../model/names.ts';
import type { Capture, Expectation, Matcher } from '../../../model/smoke.ts';
import { exists } from '../../inputs.ts';
import type { Problems } from '../../problems.ts';
import { type Entry, type Node, placeAt, placeOf } from '../../tree/node.ts';
import { booleanOf, entriesOf, get, itemsOf, numberOf, scalarsOf, textOf } from '../../tree/read.ts';
import { parseDurationMs } from '../../units.ts';
import { pathOf, warnIfMissing } from '../context.ts';
import { jsonOf } from './json.ts';
import { expressionOf, matcherOf } from './matcher.ts';

export function expectationOf(node: Node | undefined, own: ServiceName | undefined, problems: Problems): Expectation {
  const [json, body] = [get(node, 'json'), get(node, 'body')];
  const schema = schemaOf(get(node, 'schema'), problems);
  const openapi = openapiOf(get(node, 'openapi'), own, problems);
  const latency = latencyOf(get(node, 'latency'));
  const exit = numberOf(get(node, 'exit'));
  return {
    status: statusesOf(get(node, 'status'), problems),
    headers: Object.fromEntries(
      entriesOf(get(node, 'headers')).map(({ key, value }) => [key.toLowerCase(), matcherOf(value, problems)]),
    ),
    ...(json && { json: jsonOf(json) }),
    jsonpath: Object.fromEntries(entriesOf(get(node, 'jsonpath')).map((entry) => jsonpathEntry(entry, problems))),
    ...(body && { body: matcherOf(body, problems) }),
    ...(schema && { schema }),
    ...(openapi && { openapi }),
    ...(latency && { latency }),
    ...(exit !== undefined && { exit }),
  };
}

function statusesOf(node: Node | undefined, problems: Problems): Expectation['status'] {
  return (node?.kind === 'list' ? itemsOf(node) : scalarsOf(node)).flatMap((item) => {
    const text = textOf(item) ?? '';
    const [, from, to] = /^(\d{3})(?:-(\d{3}))?$/.exec(text) ?? [];
    if (from !== undefined) return [{ from: Number(from), to: Number(to ?? from) }];
    const digit = /^([1-5])xx$/i.exec(text)?.[1];
    if (digit !== undefined) return [{ from: Number(digit) * 100, to: Number(digit) * 100 + 99 }];
    problems.error('bad-value', `\`${text}\` is not a status`, placeOf(item), {
      hint: 'such as `201`, `2xx` or `200-204`',
    });
    return [];
  });
}

function jsonpathEntry({ key, keyOrigin, value }: Entry, problems: Problems): [string, Matcher] {
  checkPath(key, placeAt(keyOrigin), problems);
  return [key, matcherOf(value, problems)];
}

/** Only the beginning: the whole grammar is the library's, which is loaded when checks run. */
function checkPath(path: string, place: ReturnType<typeof placeAt>, problems: Problems): void {
  if (path.startsWith('$')) return;
  problems.error('bad-expression', `the JSONPath \`${path}\` does not begin with \`$\``, place, {
    hint: `write \`$.${path.replace(/^\./, '')}\``,
  });
}

function schemaOf(node: Node | undefined, problems: Problems): Expectation['schema'] {
  if (node === undefined) return undefined;
  if (node.kind === 'map') return { kind: 'inline', schema: jsonOf(node) };
  const path = pathOf(node);
  warnIfMissing(node, path, 'the schema', problems);
  return path === undefined ? undefined : { kind: 'file', path };
}

function openapiOf(node: Node | undefined, own: ServiceName | undefined, problems: Problems): Expectation['openapi'] {
  if (node === undefined || booleanOf(node) === false) return undefined;
  const named = node.kind === 'map' ? textOf(get(node, 'service')) : booleanOf(node) ? undefined : textOf(node);
  const service = named === undefined ? own : serviceName(named);
  if (service === undefined) {
    problems.error('missing-key', 'whose OpenAPI document is meant is not said', placeOf(node), {
      hint: 'write the name of the service: `openapi: orders`',
    });
    return undefined;
  }
  const documentNode = get(node, 'document');
  const document = textOf(documentNode) ?? '/openapi.json';
  const file = pathOf(documentNode);
  return { service, source: file !== undefined && exists(file) ? { file } : { url: document } };
}

function latencyOf(node: Node | undefined): Expectation['latency'] {
  const maxMs = parseDurationMs(textOf(node?.kind === 'map' ? get(node, 'max') : node) ?? '');
  return maxMs === undefined ? undefined : { maxMs, isVerdict: booleanOf(get(node, 'fail')) === true };
}

export function captureOf({ value: node }: Entry, problems: Problems): Capture | undefined {
  if (node.kind === 'scalar') {
    const path = textOf(node) ?? '';
    checkPath(path, placeOf(node), problems);
    return { from: 'jsonpath', path };
  }
  const [entry, second] = entriesOf(node);
  if (entry === undefined || second !== undefined) {
    problems.error('bad-value', 'a capture names one place', placeOf(node), {
      hint: 'one of `jsonpath`, `header`, `regex`, `body` and `status`',
    });
    return undefined;
  }
  const text = textOf(entry.value) ?? '';
  switch (entry.key) {
    case 'jsonpath':
      checkPath(text, placeOf(entry.value), problems);
      return { from: 'jsonpath', path: text };
    case 'header':
      return { from: 'header', name: text.toLowerCase() };
    case 'regex':
      return { from: 'regex', pattern: expressionOf(entry.value, problems) };
    case 'body':
    case 'status':
      return { from: entry.key };
    default:
      return undefined;
  }
}
