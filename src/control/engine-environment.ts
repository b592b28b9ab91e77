/**
 * The environment of the engine's own process; services get the one of the command that ran `up`.
 *
 * Node up to 22 reads the certificates that NODE_EXTRA_CA_CERTS names when it starts, 40 ms in which it does nothing
 * else. The engine needs them only to fetch keys over https (`gateway/auth/fetch-keys.ts`), and reads them then.
 */
export const EXTRA_CA_CERTS = 'MSVC_EXTRA_CA_CERTS';

export function engineEnvironment(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: certificates, ...rest } = given;
  return certificates ? { ...rest, [EXTRA_CA_CERTS]: certificates } : rest;
}
