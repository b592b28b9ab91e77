/**
 * How requests are treated on their way to a service: the same words for a service (`traffic`), for one edge (below
 * `calls`) and for a route. Shapes only; the defaults shown are those of `model/policy.ts`.
 */
import { DEFAULT_POLICY } from '../../model/policy.ts';
import { printDuration } from '../units.ts';
import { duration, either, fixedMap, flag, listOf, oneOf, pattern, rate, text, whole } from './fields.ts';

const D = DEFAULT_POLICY;
const BALANCERS = ['two-choices', 'round-robin', 'least-in-flight', 'consistent-hash'] as const;

export function percent(words: { readonly description: string; readonly default?: unknown }) {
  const phrase = 'a share such as `5%`';
  return pattern(/^(?:100|\d{1,2}(?:\.\d+)?)%$/, phrase, { ...words, examples: ['5%'] });
}

/** For a service as a whole. */
export function trafficOfService() {
  return fixedMap('traffic', 'a map with `timeout`, `retries`, `breaker`, `limit`, `balancer`, `ejection` or `fault`', {
    ...trafficWords(),
    ejection: either(
      '`false`, or a map with `failures`, `for`, `longest` or `most`',
      { description: 'When an instance that fails while others do not is passed over. `false`: never.' },
      flag({ description: '`false`: never.' }),
      fixedMap('ejection', 'a map with `failures`, `for`, `longest` or `most`', {
        failures: whole(1, 1000, { description: 'Failures in a row.', default: D.ejection!.failures }).optional(),
        for: duration({
          description: 'How long; each time in a short while by this much longer.',
          default: printDuration(D.ejection!.forMs),
        }).optional(),
        longest: duration({ description: 'At most.', default: printDuration(D.ejection!.longestMs) }).optional(),
        most: percent({
          description: 'Of the ready instances, and never the last one.',
          default: `${D.ejection!.mostPercent}%`,
        }).optional(),
      }),
    ).optional(),
    fault: fault().optional(),
  }).meta({
    description: 'How requests to it are treated, whoever makes them. An edge or a route may say otherwise.',
    examples: [{ timeout: '10s', limit: 100 }],
  });
}

/** For one edge. */
export function trafficOfEdge() {
  return fixedMap('edge', 'a map with `timeout`, `retries`, `breaker`, `limit`, `balancer` or `fault`', {
    ...trafficWords(),
    fault: fault().optional(),
  });
}

export function trafficWords() {
  return { timeout: timeout().optional(), retries: retries().optional(), ...laneWords() };
}

/** What a route at length has no words of the Gateway API for. */
function laneWords() {
  return { breaker: breaker().optional(), limit: limit().optional(), balancer: balancer().optional() };
}

function timeout() {
  const { connectMs, responseMs } = D.timeouts;
  return either(
    'a duration, or a map with `request`, `response`, `per_try` or `connect`',
    {
      description: 'How long a request may take. A duration alone is `request`.',
      examples: ['10s', { per_try: '2s' }],
    },
    duration({ description: 'For the whole request.' }),
    fixedMap('timeout', 'a map with `request`, `response`, `per_try` or `connect`', {
      request: duration({
        description: 'For the whole request, waiting and repetitions included; passed on. 0s = none.',
        default: '0s',
      }).optional(),
      response: duration({
        description: "From the request's last byte to the answer's head.",
        default: printDuration(responseMs),
      }).optional(),
      per_try: duration({ description: 'For one try; another may follow. 0s = none.', default: '0s' }).optional(),
      connect: duration({ description: 'Until a connection stands.', default: printDuration(connectMs) }).optional(),
    }),
  );
}

function retries() {
  const r = D.retries;
  const attempts = whole(0, 10, { description: 'Repetitions after the first attempt.', default: r.attempts });
  return either(
    'a whole number, or a map with `attempts`, `statuses`, `backoff`, `longest_backoff` or `budget`',
    { description: 'Only what HTTP allows to repeat is repeated. A number alone is `attempts`.', examples: [0, 3] },
    attempts,
    fixedMap('retries', 'a map with `attempts`, `statuses`, `backoff`, `longest_backoff` or `budget`', {
      attempts: attempts.optional(),
      statuses: listOf('a list of statuses', whole(400, 599, { description: 'A status.' }), {
        description: 'Answers that are worth another try of an idempotent request.',
        examples: [[502, 503]],
      }).optional(),
      backoff: duration({
        description: 'Pause before the first repetition to the same instance; doubles.',
        default: printDuration(r.pauseMs),
      }).optional(),
      longest_backoff: duration({ description: 'At most.', default: printDuration(r.longestPauseMs) }).optional(),
      budget: fixedMap('retry budget', 'a map with `percent` and `per_second`', {
        percent: percent({ description: 'Repetitions, of the requests.', default: `${r.budgetPercent}%` }).optional(),
        per_second: whole(0, 10_000, { description: 'And so many beside.', default: r.budgetPerSecond }).optional(),
      })
        .meta({ description: 'So that a failing service is not buried under repetitions.' })
        .optional(),
    }),
  );
}

function breaker() {
  const b = D.breaker!;
  return either(
    '`false`, or a map with `failures`, `requests`, `window`, `open` or `trials`',
    { description: 'When the gateway answers in place of a failing service. `false`: never.', examples: [false] },
    flag({ description: '`false`: never.' }),
    fixedMap('breaker', 'a map with `failures`, `requests`, `window`, `open` or `trials`', {
      failures: percent({ description: 'Opens at this share ...', default: `${b.failurePercent}%` }).optional(),
      requests: whole(1, 1_000_000, {
        description: '... of at least so many requests ...',
        default: b.requests,
      }).optional(),
      window: duration({ description: '... in this time.', default: printDuration(b.windowMs) }).optional(),
      open: duration({ description: 'Until one may try again.', default: printDuration(b.openMs) }).optional(),
      trials: whole(1, 100, { description: 'So many try, and have to go well.', default: b.trials }).optional(),
    }),
  );
}

function limit() {
  const inFlight = whole(1, 1_000_000, { description: 'Requests at once.', examples: [100] });
  return either(
    'a whole number, or a map with `in_flight`, `queue` or `queue_timeout`',
    { description: 'How many requests at once. A number alone is `in_flight`; no limit if left out.', examples: [100] },
    inFlight,
    fixedMap('limit', 'a map with `in_flight`, `queue` or `queue_timeout`', {
      in_flight: inFlight.optional(),
      queue: whole(0, 1_000_000, {
        description:
          'Requests that wait for their turn where `in_flight` is met, or for an instance while none is ready.',
        default: D.limit.queue,
      }).optional(),
      queue_timeout: duration({
        description: 'How long they wait.',
        default: printDuration(D.limit.queueMs),
      }).optional(),
    }),
  );
}

function balancer() {
  const type = oneOf(BALANCERS, { description: 'How requests are spread over replicas.', default: D.balancer.kind });
  return either(
    'the name of a balancer, or a map with `type` and `header`, `cookie` or `source`',
    {
      description: 'How requests are spread over replicas.',
      examples: ['round-robin', { type: 'consistent-hash', header: 'x-user' }],
    },
    type,
    fixedMap('balancer', 'a map with `type` and `header`, `cookie` or `source`', {
      type,
      header: text('the name of a header', { description: 'consistent-hash goes by this header.' }).optional(),
      cookie: text('the name of a cookie', { description: 'consistent-hash goes by this cookie.' }).optional(),
      source: flag({ description: "`true`: consistent-hash goes by the caller's address." }).optional(),
    }),
  );
}

function fault() {
  return fixedMap('fault', 'a map with `delay`, `bandwidth`, `error`, `reset` or `abort`', {
    delay: duration({ description: 'Answers come this much later.', examples: ['300ms'] }).optional(),
    jitter: duration({ description: 'The delay varies by this much, both ways.', default: '0s' }).optional(),
    delay_share: percent({ description: 'Requests that are delayed.', default: '100%' }).optional(),
    bandwidth: rate({
      description: 'Answers come at most this fast, each for itself.',
      examples: ['64KiB/s'],
    }).optional(),
    error: percent({ description: 'Requests that are answered with `status`.' }).optional(),
    status: whole(400, 599, { description: 'Of those answers.', default: 503 }).optional(),
    reset: percent({ description: 'Requests whose connection to the callee breaks.' }).optional(),
    abort: percent({ description: "Requests whose caller's own connection is reset." }).optional(),
    seed: whole(0, 2 ** 32 - 1, { description: 'The same seed, the same sequence.', default: 1 }).optional(),
  }).meta({
    description: 'Failures on purpose, as long as it is written here. `msvc fault add` makes them for a while.',
    examples: [{ delay: '300ms', error: '5%' }],
  });
}
