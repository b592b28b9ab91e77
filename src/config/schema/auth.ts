/** `gateway.auth`: who may come in. Shapes only; what goes together is checked in `build/auth.ts`. */
import { DEFAULTS } from '../defaults.ts';
import { duration, either, fixedMap, listOf, mapOf, oneOf, text } from './fields.ts';

/** RFC 7518 3.1 and RFC 8037: signatures that can be verified. `none` is not among them. */
export const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
  ...['HS256', 'HS384', 'HS512'],
] as [string, ...string[]];

export function authForm() {
  const secret = (description: string) => text('the name of a secret', { description });
  const forward = mapOf('a map of claims to header names', text('a header name', { description: 'Header name.' }), {
    description:
      'Claim to header: how the service learns who came. A client cannot send these headers itself, on any route.',
    default: { sub: DEFAULTS.authHeader },
    examples: [{ sub: 'x-user-id', email: 'x-user-email' }],
  });
  const apiKey = fixedMap('api_key', 'a map with `keys`', {
    header: text('the name of a header', {
      description: 'The header that carries the key.',
      default: DEFAULTS.apiKeyHeader,
    }).optional(),
    keys: mapOf('a map of clients to names of secrets', secret('A secret of this file.'), {
      description: 'Client to the secret that holds its key. The client is the claim `sub`.',
      examples: [{ partner: 'partner_key' }],
    }),
    forward: forward.optional(),
  }).meta({ description: 'Clients show a key.' });
  const jwt = fixedMap('jwt', 'a map with `jwks` or `secret`', {
    jwks: text('a file or a URL', {
      description: 'The JWKS with the public keys: a file, or an http or https URL.',
      examples: ['keys/jwks.json', 'https://login.example/.well-known/jwks.json'],
    }).optional(),
    secret: secret('In place of `jwks`: a secret of this file, shared with who signs (HS256 and the like).').optional(),
    issuer: text('an issuer', { description: 'What the claim `iss` must be.' }).optional(),
    audience: either(
      'an audience, or a list of them',
      { description: 'What the claim `aud` must be, or one of these.' },
      text('an audience', { description: 'An audience.' }),
      listOf('a list of audiences', text('an audience', { description: 'An audience.' }), {
        description: 'Audiences.',
      }),
    ).optional(),
    algorithms: listOf('a list of algorithms', oneOf(ALGORITHMS, { description: 'An algorithm.' }), {
      description: 'Signatures that are taken; those of public keys with `jwks`, HS256 with `secret`, if left out.',
      examples: [['RS256']],
    }).optional(),
    clock_tolerance: duration({
      description: 'How far clocks may be apart.',
      default: '5s',
    }).optional(),
    forward: forward.optional(),
  }).meta({ description: 'Clients show a signed token: `Authorization: Bearer ...`.' });
  return fixedMap('auth', 'a map with `providers`', {
    default: text('a provider, or `none`', {
      description: 'For routes that say nothing; `none` if left out.',
      default: 'none',
    }).optional(),
    providers: mapOf(
      'a map of providers',
      fixedMap('provider', 'a map with `api_key` or `jwt`', { api_key: apiKey.optional(), jwt: jwt.optional() }),
      {
        description: 'Ways to tell who comes, by name; a route names one with `auth`.',
        examples: [{ staff: { jwt: { jwks: 'keys/jwks.json', issuer: 'https://login.example' } } }],
      },
    ),
  }).meta({ description: 'Who may come in through the gateway.' });
}
