/** What consistent hashing goes by, taken from a request. Looked at only by lanes that hash. */
import type { HashKey } from '../../model/policy.ts';
import { fieldValue } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';

/** A request without the header or cookie goes by its path. */
export function hashKeyOf(key: HashKey, head: RequestHead, peer: string): string {
  if (key.by === 'source') return peer;
  if (key.by === 'path') return head.target;
  const lines = head.text.slice(head.fieldsStart);
  if (key.by === 'header') return fieldValue(lines, key.name) ?? head.target;
  for (const pair of (fieldValue(lines, 'cookie') ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === key.name) return pair.slice(equals + 1).trim();
  }
  return head.target;
}
