/**
 * Routes in the words of the Kubernetes Gateway API (HTTPRoute, v1), in camelCase: what the short forms of
 * msvc.yaml expand to, what `msvc config` shows and what the gateway matches on.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httproute
 */
import type { ServiceName } from './names.ts';
import type { Place } from './place.ts';

export interface PathMatch {
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression';
  /** Starts with `/` for Exact and PathPrefix. A prefix matches whole segments: `/v2` never matches `/v2example`. */
  readonly value: string;
}

export interface ValueMatch {
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
    };

export interface RouteTimeouts {
  /** Whole request, client's view; 0 or absent = none. */
  readonly requestMs?: number;
  /** One attempt's wait for the response head; default 30 s. */
  readonly backendRequestMs?: number;
}

export type BalancerKind = 'round-robin' | 'two-choices' | 'least-in-flight' | 'consistent-hash';

/** One rule of the public listener. */
export interface Route {
  readonly service: ServiceName;
  /** Empty = any host. `*.example.localhost` matches one or more leading labels. */
  readonly hostnames: readonly string[];
  readonly matches: readonly RouteMatch[];
  readonly filters: readonly RouteFilter[];
  readonly timeouts: RouteTimeouts;
  /** Where it stands in msvc.yaml; decides the last tie (first written wins). */
  readonly place: Place;
}
