/** `traffic`, the values of `calls`, and the same words in routes -> `PolicyWords`. What is not written is left out. */
import { type FaultEffects, NO_EFFECT, wrongEffect } from '../../model/fault.ts';
import type { BalancerPolicy, HashKey, PolicyWords } from '../../model/policy.ts';
import type { Problems } from '../problems.ts';
import { type Node, placeOf } from '../tree/node.ts';
import { asMap, asScalar, booleanOf, entriesOf, get, itemsOf, numberOf, textOf } from '../tree/read.ts';
import { parseDurationMs, parseRate } from '../units.ts';
import { headerName } from './route-words.ts';

/** @returns undefined when none of the words is there */
export function policyWordsOf(node: Node | undefined, problems: Problems): PolicyWords | undefined {
  if (asMap(node) === undefined) return undefined;
  const words: PolicyWords = {
    ...part('timeouts', timeouts(get(node, 'timeout'), problems)),
    ...part('retries', retries(get(node, 'retries'))),
    ...part('breaker', breaker(get(node, 'breaker'))),
    ...part('limit', limit(get(node, 'limit'))),
    ...part('balancer', balancer(get(node, 'balancer'), problems)),
    ...part('ejection', ejection(get(node, 'ejection'))),
    ...part('fault', fault(get(node, 'fault'), problems)),
  };
  return Object.keys(words).length > 0 ? words : undefined;
}

/** By callee, where `calls` is a map. */
export function callPoliciesOf(calls: Node | undefined, problems: Problems): Readonly<Record<string, PolicyWords>> {
  return Object.fromEntries(
    entriesOf(calls).flatMap(({ key, value }) => {
      const words = policyWordsOf(value, problems);
      return words ? [[key, words]] : [];
    }),
  );
}

function part<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}

/** Those that are written; undefined when none is. */
function fields<T extends object>(all: { [K in keyof T]: T[K] | undefined }): Partial<T> | undefined {
  const written = Object.entries(all).filter(([, value]) => value !== undefined);
  return written.length > 0 ? (Object.fromEntries(written) as Partial<T>) : undefined;
}

const ms = (node: Node | undefined): number | undefined => parseDurationMs(textOf(node) ?? '');

const share = (node: Node | undefined): number | undefined => {
  const text = textOf(node);
  return text === undefined ? undefined : Number(text.replace('%', ''));
};

function timeouts(node: Node | undefined, problems: Problems): PolicyWords['timeouts'] {
  if (asScalar(node)) return fields({ requestMs: ms(node) });
  const [request, perTry] = [get(node, 'request'), get(node, 'per_try')];
  const [requestMs, tryMs] = [ms(request), ms(perTry)];
  if (request && perTry && requestMs !== undefined && tryMs !== undefined && requestMs > 0 && tryMs > requestMs) {
    problems.error('bad-value', '`per_try` cannot be longer than `request`', placeOf(perTry), {
      related: [{ message: 'the whole request', place: placeOf(request) }],
    });
  }
  return fields({ connectMs: ms(get(node, 'connect')), responseMs: ms(get(node, 'response')), tryMs, requestMs });
}

function retries(node: Node | undefined): PolicyWords['retries'] {
  if (asScalar(node)) return fields({ attempts: numberOf(node) });
  const statuses = get(node, 'statuses');
  const pauseMs = ms(get(node, 'backoff'));
  const longestPauseMs = ms(get(node, 'longest_backoff'));
  return fields({
    attempts: numberOf(get(node, 'attempts')),
    statuses: statuses && itemsOf(statuses).flatMap((item) => numberOf(item) ?? []),
    pauseMs,
    longestPauseMs: longestPauseMs ?? (pauseMs !== undefined && pauseMs > 250 ? pauseMs : undefined),
    budgetPercent: share(get(get(node, 'budget'), 'percent')),
    budgetPerSecond: numberOf(get(get(node, 'budget'), 'per_second')),
  });
}

function breaker(node: Node | undefined): PolicyWords['breaker'] {
  if (booleanOf(node) !== undefined) return booleanOf(node) ? {} : null;
  return fields({
    failurePercent: share(get(node, 'failures')),
    requests: numberOf(get(node, 'requests')),
    windowMs: ms(get(node, 'window')),
    openMs: ms(get(node, 'open')),
    trials: numberOf(get(node, 'trials')),
  });
}

function ejection(node: Node | undefined): PolicyWords['ejection'] {
  if (booleanOf(node) !== undefined) return booleanOf(node) ? {} : null;
  return fields({
    failures: numberOf(get(node, 'failures')),
    forMs: ms(get(node, 'for')),
    longestMs: ms(get(node, 'longest')),
    mostPercent: share(get(node, 'most')),
  });
}

function limit(node: Node | undefined): PolicyWords['limit'] {
  if (asScalar(node)) return fields({ inFlight: numberOf(node) });
  return fields({
    inFlight: numberOf(get(node, 'in_flight')),
    queue: numberOf(get(node, 'queue')),
    queueMs: ms(get(node, 'queue_timeout')),
  });
}

function balancer(node: Node | undefined, problems: Problems): PolicyWords['balancer'] {
  if (node === undefined) return undefined;
  const kind = (textOf(node) ?? textOf(get(node, 'type'))) as BalancerPolicy['kind'] | undefined;
  const keys: HashKey[] = [];
  const header = get(node, 'header');
  const cookie = textOf(get(node, 'cookie'));
  if (header)
    keys.push({ by: 'header', name: headerName(textOf(header) ?? '', placeOf(header), problems).toLowerCase() });
  if (cookie !== undefined) keys.push({ by: 'cookie', name: cookie });
  if (booleanOf(get(node, 'source'))) keys.push({ by: 'source' });
  if (keys.length > 1) {
    problems.error('conflicting-keys', 'a balancer goes by one of `header`, `cookie` and `source`', placeOf(node));
  }
  if (keys.length > 0 && kind !== undefined && kind !== 'consistent-hash') {
    problems.error('conflicting-keys', `\`${kind}\` goes by no key; only \`consistent-hash\` does`, placeOf(node));
  }
  return fields({ kind, key: keys[0] });
}

function fault(node: Node | undefined, problems: Problems): FaultEffects | undefined {
  if (asMap(node) === undefined || node === undefined) return undefined;
  const written = fields<FaultEffects>({
    delayMs: ms(get(node, 'delay')),
    jitterMs: ms(get(node, 'jitter')),
    delayPercent: share(get(node, 'delay_share')),
    bytesPerSecond: parseRate(textOf(get(node, 'bandwidth')) ?? ''),
    errorPercent: share(get(node, 'error')),
    status: numberOf(get(node, 'status')),
    resetPercent: share(get(node, 'reset')),
    abortPercent: share(get(node, 'abort')),
    seed: numberOf(get(node, 'seed')),
  });
  const effects = { ...NO_EFFECT, ...written };
  const wrong = wrongEffect(effects);
  if (wrong?.field === 'none') {
    problems.error('bad-value', 'the fault does nothing', placeOf(node), {
      hint: 'give it `delay`, `bandwidth`, `error`, `reset` or `abort`',
    });
  } else if (wrong?.field === 'shares') {
    problems.error('bad-value', '`error`, `reset` and `abort` together are more than 100%', placeOf(node));
  } else if (wrong) problems.error('bad-value', `the fault's ${wrong.field} is out of bounds`, placeOf(node));
  return effects;
}
