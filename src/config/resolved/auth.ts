/** `gateway.auth` at length. */
import type { AuthProvider, AuthSpec, JwtProvider } from '../../model/auth.ts';
import { printDuration } from '../units.ts';
import type { Printer } from './printer.ts';

export function printAuth(auth: AuthSpec, printer: Printer): Record<string, unknown> {
  const providers = Object.values(auth.providers).map((provider) => [provider.name, printProvider(provider, printer)]);
  return { default: auth.default ?? 'none', providers: Object.fromEntries(providers) };
}

function printProvider(provider: AuthProvider, printer: Printer): Record<string, unknown> {
  if (provider.kind === 'jwt') return { jwt: printJwt(provider, printer) };
  const { header, keys, forward } = provider;
  return { api_key: { header, keys, forward } };
}

function printJwt(provider: JwtProvider, printer: Printer): Record<string, unknown> {
  const { keys, issuer, audience, algorithms, clockToleranceMs, forward } = provider;
  return {
    ...(keys.kind === 'secret'
      ? { secret: keys.secret }
      : { jwks: printer.text(keys.kind === 'file' ? keys.path : keys.url) }),
    ...(issuer !== undefined && { issuer: printer.text(issuer) }),
    ...(audience.length > 0 && { audience: audience.map((one) => printer.text(one)) }),
    algorithms,
    clock_tolerance: printDuration(clockToleranceMs),
    forward,
  };
}
