/** What is said of routes: in the cells of a table, and why one wins and another does not. Pure. */
import type { Candidate, Explanation, Failing, Precedence } from '../../gateway/routes/explain.ts';
import type { CorsSpec, Route, RouteFilter, RouteMatch } from '../../model/route.ts';
import { list } from './lists.ts';
import { duration } from './time.ts';

/** `= /exact`, `/prefix`, `~ /expression`, conditions behind it. */
export function pathText({ path, headers = [], queryParams = [] }: RouteMatch): string {
  const text = path.type === 'Exact' ? `= ${path.value}` : path.type === 'PathPrefix' ? path.value : `~ ${path.value}`;
  const more = [
    ...headers.map(({ type, name, value }) => `${name}${type === 'Exact' ? ':' : ' ~'} ${value}`),
    ...queryParams.map(({ type, name, value }) => `?${name}${type === 'Exact' ? '=' : ' ~ '}${value}`),
  ];
  return more.length === 0 ? text : `${text} (${more.join(', ')})`;
}

/** `web`, or `web 90%, web-next 10%`. */
export function backendsText({
  service,
  backendRefs,
  hashOn,
}: Pick<Route, 'service' | 'backendRefs' | 'hashOn'>): string {
  if (!backendRefs) return service;
  const total = backendRefs.reduce((sum, { weight }) => sum + weight, 0);
  const shares = backendRefs.map(
    ({ name, weight }) => `${name} ${total === 0 ? 0 : Math.round((weight / total) * 100)}%`,
  );
  return `${shares.join(', ')}${hashOn === undefined ? '' : ` by ${hashOn}`}`;
}

export function authText(auth: Route['auth']): string {
  if (!auth) return '-';
  const needs = Object.entries(auth.require).map(([claim, values]) => `${claim}: ${values.join(' or ')}`);
  return needs.length === 0 ? auth.provider : `${auth.provider} (${needs.join(', ')})`;
}

export function filterText(filter: RouteFilter): string {
  switch (filter.type) {
    case 'RequestHeaderModifier':
      return 'request header';
    case 'ResponseHeaderModifier':
      return 'response header';
    case 'URLRewrite': {
      const { hostname, path } = filter.urlRewrite;
      const to = path?.type === 'ReplaceFullPath' ? path.replaceFullPath : path?.replacePrefixMatch;
      const what =
        path?.type === 'ReplacePrefixMatch' && (to === '/' || to === '') ? 'strip prefix' : `rewrite to ${to}`;
      return [...(path ? [what] : []), ...(hostname === undefined ? [] : [`host ${hostname}`])].join(', ');
    }
    case 'RequestRedirect':
      return `redirect ${filter.requestRedirect.statusCode}`;
    case 'CORS':
      return `cors ${originsText(filter.cors)}`;
    case 'RateLimit': {
      const { requests, perMs, by, header } = filter.rateLimit;
      return `limit ${requests} in ${duration(perMs)} by ${header ?? by}`;
    }
  }
}

function originsText({ allowOrigins }: CorsSpec): string {
  return list(allowOrigins, 2);
}

const CONDITIONS: Readonly<Record<Exclude<Failing['condition'], 'auth'>, string>> = {
  host: 'the host',
  path: 'the path',
  method: 'the method',
  header: 'the header',
  queryParam: 'the query parameter',
};

function failingText({ condition, name, wanted, got }: Failing): string {
  if (condition === 'auth') return "the service's routes have no one answer to who may come there";
  const what = `${CONDITIONS[condition]}${name === undefined ? '' : ` ${name}`}`;
  return got === null ? `${what} is not there (wanted: ${wanted})` : `${what} is ${got}, not ${wanted}`;
}

const PRECEDENCE: Readonly<Record<Precedence, string>> = {
  host: 'the host of the winner is more specific',
  path: 'the path of the winner is more specific (exact, then expression, then the longest prefix)',
  method: 'the winner names the method',
  headers: 'the winner has more conditions on headers',
  queryParams: 'the winner has more conditions on query parameters',
  order: 'the winner is written first',
};

export function verdictText({ verdict, failing, decidedBy }: Candidate): string {
  if (verdict === 'wins') return 'wins';
  if (verdict === 'fails') return failing.map(failingText).join('; ');
  return decidedBy === null ? 'matches' : `matches too, but ${PRECEDENCE[decidedBy]}`;
}

/** Whom the gateway asks for before anything else comes of the request; null: nobody. A preflight shows no proof. */
export function askedFirst({ answer, winner }: Explanation): string | null {
  if (!winner?.route.auth || answer?.status === 200 || answer?.code === 'origin-not-allowed') return null;
  return authText(winner.route.auth);
}

/** What becomes of the request, in one line. */
export function outcomeText({ answer, winner, target, method }: Explanation): string {
  if (answer?.location) return `the gateway answers ${answer.status}: ${answer.location}`;
  if (answer?.code === 'no-route') return 'no route matches: the gateway answers 404';
  if (answer?.code === 'unknown-host') return 'no route or service has this host: the gateway answers 421';
  if (answer?.status === 200) return 'the gateway answers 200: the preflight of the route';
  if (answer) return `the gateway answers ${answer.status}${answer.code === null ? '' : ` (${answer.code})`}`;
  if (!winner) return 'no route matches';
  return `${backendsText(winner.route)} gets ${method} ${target}`;
}
