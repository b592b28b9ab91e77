/**
 * Routes in the words of the Kubernetes Gateway API (HTTPRoute, v1), in camelCase: what the short forms of
 * msvc.yaml expand to, what `msvc config` shows and what the gateway matches on. `hashOn`, `auth` and the filter
 * `RateLimit` are msvc's own: the Gateway API has no words for them.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httproute
 */
import type { ServiceName } from './names.ts';
import type { Place } from './place.ts';
import type { PolicyWords } from './policy.ts';

export interface PathMatch {
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression';
  /** Starts with `/` for Exact and PathPrefix. A prefix matches whole segments: `/v2` never matches `/v2example`. */
  readonly value: string;
}

export interface ValueMatch {
  /** An expression matches the whole value, in linear time (`model/expression`). */
  readonly type: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
}

/** All conditions of one match must hold; one of a rule's matches suffices. */
export interface RouteMatch {
  readonly path: PathMatch;
  readonly method?: string;
  readonly headers?: readonly ValueMatch[];
  readonly queryParams?: readonly ValueMatch[];
}

export interface HeaderChange {
  readonly set?: readonly { readonly name: string; readonly value: string }[];
  readonly add?: readonly { readonly name: string; readonly value: string }[];
  readonly remove?: readonly string[];
}

export type PathRewrite =
  | { readonly type: 'ReplaceFullPath'; readonly replaceFullPath: string }
  | { readonly type: 'ReplacePrefixMatch'; readonly replacePrefixMatch: string };

/** HTTPCORSFilter. A list of `*` alone stands for all. */
export interface CorsSpec {
  /** `<scheme>://<host>[:<port>]`, where `*` in the host takes in any number of labels to its left. */
  readonly allowOrigins: readonly string[];
  readonly allowCredentials: boolean;
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  /** Seconds. */
  readonly maxAge: number;
}

/** A token bucket: `requests` tokens come back in each `perMs`, at most `burst` are saved up. */
export interface RateLimitSpec {
  readonly requests: number;
  readonly perMs: number;
  readonly burst: number;
  /** Who shares a bucket: everybody, one client address, or one value of `header` (no such field: the address). */
  readonly by: 'route' | 'client' | 'header';
  readonly header?: string;
}

export type RouteFilter =
  | { readonly type: 'RequestHeaderModifier'; readonly requestHeaderModifier: HeaderChange }
  | { readonly type: 'ResponseHeaderModifier'; readonly responseHeaderModifier: HeaderChange }
  | { readonly type: 'URLRewrite'; readonly urlRewrite: { readonly hostname?: string; readonly path?: PathRewrite } }
  | {
      readonly type: 'RequestRedirect';
      readonly requestRedirect: {
        readonly scheme?: string;
        readonly hostname?: string;
        readonly port?: number;
        readonly path?: PathRewrite;
        readonly statusCode: number;
      };
    }
  | { readonly type: 'CORS'; readonly cors: CorsSpec }
  | { readonly type: 'RateLimit'; readonly rateLimit: RateLimitSpec };

export interface RouteTimeouts {
  /** Whole request, client's view; 0 or absent = none. */
  readonly requestMs?: number;
  /** One attempt's wait for the response head; default 30 s. */
  readonly backendRequestMs?: number;
}

/** HTTPRouteRetry. What is absent is the gateway's default. */
export interface RouteRetry {
  /** Statuses of the service that are worth another attempt, beside failed connections. */
  readonly codes?: readonly number[];
  /** Repetitions after the first attempt; 0 = none. */
  readonly attempts?: number;
  /** The least pause between two attempts. */
  readonly backoffMs?: number;
}

/** A service that takes a share of a route's requests. */
export interface BackendRef {
  readonly name: ServiceName;
  /** Share of the sum of all weights; 0 = none. */
  readonly weight: number;
}

export interface RouteAuth {
  /** A provider of `gateway.auth`. */
  readonly provider: string;
  /** Claim -> values of which the token must have one; otherwise 403. */
  readonly require: Readonly<Record<string, readonly string[]>>;
}

/**
 * What a service speaks on its port: `http` is HTTP/1.1, `h2c` HTTP/2 without TLS and without asking first (gRPC), `tcp`
 * anything else.
 */
export type Protocol = 'http' | 'h2c' | 'tcp';

export type BalancerKind = 'round-robin' | 'two-choices' | 'least-in-flight' | 'consistent-hash';

/** One rule of the public listener. */
export interface Route {
  /** Under which it stands. */
  readonly service: ServiceName;
  /** Empty = any host. `*.example.localhost` matches one or more leading labels. */
  readonly hostnames: readonly string[];
  readonly matches: readonly RouteMatch[];
  readonly filters: readonly RouteFilter[];
  /** Absent: all requests go to `service`. */
  readonly backendRefs?: readonly BackendRef[];
  /** A header whose value decides which backend a request goes to: the same value, the same backend. */
  readonly hashOn?: string;
  readonly timeouts: RouteTimeouts;
  readonly retry?: RouteRetry;
  /** Breaker, limit, balancer and the like of its own. */
  readonly policy?: PolicyWords;
  /** The default of `gateway.auth` has been applied: absent = anybody. */
  readonly auth?: RouteAuth;
  /** Where it stands in msvc.yaml; decides the last tie (first written wins). */
  readonly place: Place;
}
