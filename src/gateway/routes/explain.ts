/**
 * Which route a request takes and why the others do not, told with the gateway's own parser, stages and matcher on a
 * request that nobody sends. Pure.
 */
import type { PathMatch, Route, RouteMatch } from '../../model/route.ts';
import { ListenerContext } from '../exchange/listener-context.ts';
import { hostOf } from '../http/authority.ts';
import { fieldValue } from '../http/fields.ts';
import { RequestHead } from '../http/request-head.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { PROBLEMS, type ProblemCode, problemOfStatus } from '../problems/problems.ts';
import type { RouteTable } from '../protocol.ts';
import { backend as backendStage } from '../stages/backend.ts';
import { cors as corsStage } from '../stages/cors.ts';
import { host as hostStage } from '../stages/host.ts';
import { loop as loopStage } from '../stages/loop.ts';
import { method as methodStage } from '../stages/method.ts';
import { redirect as redirectStage } from '../stages/redirect.ts';
import { preflightMethod, preflightRoute, route as routeStage } from '../stages/route.ts';
import { Passage } from '../stages/stage.ts';
import { valueTest } from './compiled-route.ts';
import { barePrefix, CONDITION_RANKS } from './host-routes.ts';
import { Matcher } from './matcher.ts';
import { normalPath } from './normal-path.ts';
import { OwnHost, ownRoute } from './own-host.ts';

/** A condition that does not hold. `got` null: the request has no such thing. */
export interface Failing {
  /** `auth`: of a service's own host name, which cannot tell from the routes who may come (`OwnHost`). */
  readonly condition: 'host' | 'path' | 'method' | 'header' | 'queryParam' | 'auth';
  /** Of a header or a query parameter. */
  readonly name?: string;
  readonly wanted: string;
  readonly got: string | null;
}

/** What decides between two matches that both hold, in the order of the specification. */
export type Precedence = 'host' | 'path' | 'method' | 'headers' | 'queryParams' | 'order';

export interface Candidate {
  readonly route: Route;
  readonly match: RouteMatch;
  /** '' = any host. */
  readonly hostname: string;
  /** Not written by anybody: `catalog.localhost`. */
  readonly implied: boolean;
  readonly verdict: 'wins' | 'loses' | 'fails';
  /** Of `fails`, in the order host, path, method, headers, query parameters. */
  readonly failing: readonly Failing[];
  /** Of `loses`: where the winner is better. */
  readonly decidedBy: Precedence | null;
}

export interface Explanation {
  readonly method: string;
  readonly host: string;
  /** As routes are matched on it; '' when the request cannot be read. */
  readonly path: string;
  readonly query: string;
  /** What the gateway answers itself, before or in place of any service. */
  readonly answer: {
    readonly status: number;
    readonly code: ProblemCode | null;
    readonly location: string | null;
  } | null;
  /** Path and query as the service sees them; null without a winner. */
  readonly target: string | null;
  readonly winner: Candidate | null;
  readonly candidates: readonly Candidate[];
}

export interface AskedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** In order; a `Host` among them is the host. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** @param port the gateway listens on; a redirect names it */
export function explainRoutes(table: RouteTable, { method, target, headers }: AskedRequest, port: number): Explanation {
  const named = headers.some(({ name }) => name.toLowerCase() === 'host');
  const lines = [...(named ? [] : [{ name: 'Host', value: `localhost:${port}` }]), ...headers];
  const text = `${method} ${target} HTTP/1.1\r\n${lines.map(({ name, value }) => `${name}: ${value}\r\n`).join('')}`;
  const head = new RequestHead();
  const status = head.parse(text, text.length, DEFAULT_LIMITS.targetBytes);
  const nothing = { method, path: '', query: '', target: null, winner: null, candidates: [] };
  if (status !== 0) {
    return { ...nothing, host: '', answer: { status, code: problemOfStatus(status), location: null } };
  }
  const listener = new ListenerContext({ id: 'public', kind: 'public', host: '127.0.0.1', port });
  const passage = new Passage(head, listener, new Matcher(table), DEFAULT_LIMITS, '127.0.0.1');
  const answer = answerOf(passage);
  const [raw = '', ...rest] = head.target.split('?');
  const query = rest.length === 0 ? '' : `?${rest.join('?')}`;
  const [host, path] = [hostOf(head.host), normalPath(raw).path];
  const isPreflight = preflightRoute(passage, host, path, query) !== null;
  const asked = { head, host, path, query, method: (isPreflight && preflightMethod(head)) || head.method };
  const all = candidatesOf(table, asked);
  const { rule, match } = passage;
  const isFound = rule !== null && answer?.code !== 'unknown-host';
  const isWinner = (one: Bare): boolean =>
    one.match === match || (one.implied && one.hostname === rule?.route.hostnames[0]);
  const won = isFound && all.filter((one) => isWinner(one) && one.failing.length === 0).sort(byHost)[0];
  const candidates = all.map((one): Candidate => {
    if (one.failing.length > 0) return { ...one, verdict: 'fails', decidedBy: null };
    if (one === won || !won) return { ...one, verdict: won ? 'wins' : 'loses', decidedBy: null };
    return { ...one, verdict: 'loses', decidedBy: decider(won, one) };
  });
  const winner = candidates.find(({ verdict }) => verdict === 'wins') ?? null;
  const sent = winner && !answer ? (passage.target ?? head.target) : null;
  return { method, host, path, query, answer, target: sent, winner, candidates };
}

/** Stages that need neither a client nor time, in the order of the gateway. */
const PURE_STAGES = [hostStage, methodStage, loopStage, routeStage, corsStage, redirectStage, backendStage];

function answerOf(passage: Passage): Explanation['answer'] {
  for (const stage of PURE_STAGES) {
    const verdict = stage.check(passage);
    if (verdict === null || verdict instanceof Promise) continue;
    if ('problem' in verdict) {
      const { code } = verdict.problem;
      return { status: PROBLEMS[code].status, code, location: null };
    }
    const location = fieldValue(verdict.answer.lines, 'location') ?? null;
    return { status: verdict.answer.status, code: null, location };
  }
  return null;
}

type Bare = Pick<Candidate, 'route' | 'match' | 'hostname' | 'implied'>;

function candidatesOf(table: RouteTable, asked: Asked): (Bare & Pick<Candidate, 'failing'>)[] {
  const of = (route: Route, implied: boolean) =>
    (route.hostnames.length > 0 ? route.hostnames : ['']).flatMap((hostname) =>
      route.matches.map((match) => {
        const one = { route, match, hostname: hostname.toLowerCase(), implied };
        return { ...one, failing: failingOf(one, asked) };
      }),
    );
  const { head, path, query, method } = asked;
  const own = Object.entries(table.serviceHosts ?? {}).flatMap(([hostname, service]) => {
    const found = new OwnHost(hostname, service, table).findOwn(head, path, query, method);
    if (found !== 'shut') return of(ownRoute(hostname, service, found.compiled.rule.route.auth), true);
    const shut: Failing = { condition: 'auth', wanted: '', got: null };
    return of(ownRoute(hostname, service), true).map((one) => ({ ...one, failing: [...one.failing, shut] }));
  });
  return [...table.routes.flatMap((route) => of(route, false)), ...own];
}

interface Asked {
  readonly head: RequestHead;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  /** That routes are matched on: of a preflight that one of them answers, the one that it asks for. */
  readonly method: string;
}

function failingOf({ match, hostname }: Bare, { head, host, path, query, method }: Asked): Failing[] {
  const failing: Failing[] = [];
  if (!hostHolds(hostname, host)) failing.push({ condition: 'host', wanted: hostname, got: host });
  if (!pathHolds(match.path, path)) failing.push({ condition: 'path', wanted: match.path.value, got: path });
  if (match.method !== undefined && match.method !== method) {
    failing.push({ condition: 'method', wanted: match.method, got: method });
  }
  const fields = head.text.slice(head.fieldsStart);
  for (const { type, name, value } of match.headers ?? []) {
    const got = fieldValue(fields, name.toLowerCase()) ?? null;
    if (got === null || !valueTest(type, value)(got)) failing.push({ condition: 'header', name, wanted: value, got });
  }
  const given = new URLSearchParams(query);
  for (const { type, name, value } of match.queryParams ?? []) {
    const got = given.get(name);
    if (got === null || !valueTest(type, value)(got))
      failing.push({ condition: 'queryParam', name, wanted: value, got });
  }
  return failing;
}

function hostHolds(hostname: string, host: string): boolean {
  if (hostname === '') return true;
  return hostname.startsWith('*.')
    ? host.endsWith(hostname.slice(1)) && host.length >= hostname.length
    : host === hostname;
}

function pathHolds({ type, value }: PathMatch, path: string): boolean {
  if (type === 'Exact') return path === value;
  if (type === 'RegularExpression') return valueTest(type, value)(path);
  const prefix = barePrefix(value);
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
}

/** A name before a wildcard, a longer wildcard before a shorter one, any host last. */
function hostRank(hostname: string): number {
  if (hostname === '') return 0;
  return hostname.startsWith('*.') ? hostname.length : 1000;
}

function byHost(a: Bare, b: Bare): number {
  return hostRank(b.hostname) - hostRank(a.hostname);
}

const PATH_RANKS = { Exact: 2, RegularExpression: 1, PathPrefix: 0 } as const;

function decider(winner: Bare, loser: Bare): Precedence {
  if (hostRank(winner.hostname) !== hostRank(loser.hostname)) return 'host';
  const [a, b] = [winner.match.path, loser.match.path];
  if (PATH_RANKS[a.type] !== PATH_RANKS[b.type] || barePrefix(a.value).length !== barePrefix(b.value).length)
    return 'path';
  const better = CONDITION_RANKS.find(({ rank }) => rank(winner.match) !== rank(loser.match));
  return better?.name ?? 'order';
}
