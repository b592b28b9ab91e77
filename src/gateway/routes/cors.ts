/**
 * The CORS filter of the Gateway API (HTTPCORSFilter, GEP-1767) made ready: which origins it takes, and the fields it
 * adds. Fields of the service about CORS are replaced: a browser refuses an answer that has them twice. Pure.
 */
import { Expression } from '../../model/expression/expression.ts';
import type { CorsSpec } from '../../model/route.ts';

/** Every field of the protocol (https://fetch.spec.whatwg.org/#http-responses). */
export const CORS_FIELDS: readonly string[] = [
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-expose-headers',
  'access-control-max-age',
];

const VARY = 'Vary: Origin\r\n';

export class Cors {
  readonly #spec: CorsSpec;
  readonly #origins: readonly { readonly start: string; readonly port: string; readonly host: Expression }[];
  readonly #any: boolean;

  constructor(spec: CorsSpec) {
    this.#spec = spec;
    this.#any = spec.allowOrigins.includes('*');
    this.#origins = spec.allowOrigins.filter((origin) => origin !== '*').map(compileOrigin);
  }

  allows(origin: string): boolean {
    if (origin === '' || origin === 'null') return this.#any && origin === 'null';
    if (this.#any) return true;
    const asked = splitOrigin(origin.toLowerCase());
    return (
      asked !== null &&
      this.#origins.some(
        ({ start, port, host }) => start === asked.scheme && port === asked.port && host.test(asked.host),
      )
    );
  }

  /** Field lines of an actual answer. An answer to nobody's page still depends on who asks: caches must know. */
  answerLines(origin: string): string {
    return this.allows(origin) ? this.#shared(origin) + VARY : VARY;
  }

  /**
   * Field lines of the answer to a preflight of an allowed origin.
   * @param method value of Access-Control-Request-Method. @param headers of Access-Control-Request-Headers, '' if none
   */
  preflightLines(origin: string, method: string, headers: string): string {
    const { allowMethods, allowHeaders, allowCredentials, maxAge } = this.#spec;
    // `*` means itself, not all, to a browser that sends credentials: then what was asked for is named.
    const methods = allowMethods.includes('*') ? (allowCredentials ? method : '*') : allowMethods.join(', ');
    const names = allowHeaders.includes('*') ? (allowCredentials ? headers : '*') : allowHeaders.join(', ');
    return (
      this.#shared(origin) +
      (methods === '' ? '' : `Access-Control-Allow-Methods: ${methods}\r\n`) +
      (names === '' ? '' : `Access-Control-Allow-Headers: ${names}\r\n`) +
      `Access-Control-Max-Age: ${maxAge}\r\n` +
      'Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n'
    );
  }

  #shared(origin: string): string {
    const { allowCredentials, exposeHeaders } = this.#spec;
    const exposed = allowCredentials ? exposeHeaders.filter((name) => name !== '*') : exposeHeaders;
    return (
      `Access-Control-Allow-Origin: ${origin}\r\n` +
      (allowCredentials ? 'Access-Control-Allow-Credentials: true\r\n' : '') +
      (exposed.length === 0 ? '' : `Access-Control-Expose-Headers: ${exposed.join(', ')}\r\n`)
    );
  }
}

function compileOrigin(origin: string) {
  const { scheme, host, port } = splitOrigin(origin.toLowerCase())!;
  const pattern = host.replaceAll(/[.-]/g, '\\$&').replaceAll('*', '[a-z0-9.-]+');
  return { start: scheme, port, host: new Expression(pattern) };
}

function splitOrigin(origin: string): { scheme: string; host: string; port: string } | null {
  const parts = /^(https?):\/\/([^/:]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/.exec(origin);
  if (!parts) return null;
  const scheme = parts[1]!;
  return { scheme, host: parts[2]!, port: parts[3] ?? (scheme === 'https' ? '443' : '80') };
}
