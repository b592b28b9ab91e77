/** Clients that show a key. Only hashes of the keys are here, and a lookup by hash tells nothing by the time it takes. */
import { createHash } from 'node:crypto';
import { fieldValue } from '../http/fields.ts';
import type { AuthTable } from '../protocol.ts';
import type { Authenticator } from './authenticator.ts';

type Provider = Extract<AuthTable['providers'][number], { kind: 'api-key' }>;

export function apiKeys(provider: Provider): Authenticator {
  const clients = new Map(Object.entries(provider.clients));
  const header = provider.header.toLowerCase();
  // No scheme is registered for keys; the parameter says where one goes (RFC 9110 11.3 allows any scheme).
  const challenge = `ApiKey realm="msvc", header="${provider.header}"`;
  return {
    name: provider.name,
    forward: provider.forward,
    insufficient: challenge,
    check(lines) {
      const key = fieldValue(lines, header);
      if (key === undefined || key === '') return { refused: `no ${provider.header}`, challenge };
      // Bytes as they came: the head is read as latin1.
      const client = clients.get(createHash('sha256').update(key, 'latin1').digest('hex'));
      return client === undefined ? { refused: 'unknown key', challenge } : { claims: { sub: client } };
    },
  };
}
