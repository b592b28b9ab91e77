/** Registrations as Consul's clients send them. Names of keys are taken in any case, as Consul takes them. Pure. */
import { SERVICE_NAME } from '../../model/names.ts';
import { FaceError } from '../http/face.ts';
import type { CheckSpec, CheckStatus, RegistrationSpec } from '../registrations.ts';
import { goDurationMs } from './duration.ts';

type Raw = Readonly<Record<string, unknown>>;

/** @throws FaceError 400 */
export function parseRegistration(body: string): RegistrationSpec {
  const raw = objectOf(parseJson(body));
  const service = textOf(raw, 'name');
  if (service === '') throw new FaceError(400, 'Missing service name');
  if (!SERVICE_NAME.test(service))
    throw new FaceError(400, `Name ${JSON.stringify(service)} must be lower-case letters, digits, - _ ., 63 at most`);
  const id = textOf(raw, 'id') || service;
  if (id.length > 200 || /[^ -~]/.test(id)) throw new FaceError(400, 'ID must be at most 200 characters of ASCII');
  const port = raw.port;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new FaceError(400, 'Port must be a number from 1 to 65535');
  }
  const host = textOf(raw, 'address') || '127.0.0.1';
  if (!/^[A-Za-z0-9.:_-]{1,253}$/.test(host)) throw new FaceError(400, 'Address must be a host name or an address');
  const weights = objectOf(raw.weights ?? {});
  const meta = metaOf(raw.meta);
  const single = raw.check === undefined || raw.check === null ? [] : [raw.check];
  const list = [...single, ...(Array.isArray(raw.checks) ? raw.checks : [])];
  return {
    id,
    service,
    host,
    port,
    by: 'consul',
    replaces: meta['msvc-replaces'] === 'true',
    tags: Array.isArray(raw.tags) ? raw.tags.filter((tag): tag is string => typeof tag === 'string') : [],
    metadata: meta,
    weights: { passing: weightOf(weights.passing), warning: weightOf(weights.warning) },
    checks: list.map((check, i) => parseCheck(check, i === 0 ? `service:${id}` : `service:${id}:${i + 1}`, service)),
  };
}

function parseCheck(value: unknown, defaultId: string, service: string): CheckSpec {
  const raw = objectOf(value);
  const ttl = textOf(raw, 'ttl');
  const ttlMs = goDurationMs(ttl);
  if (ttlMs === undefined || ttlMs <= 0) {
    const why =
      ttl === ''
        ? 'only TTL checks are supported: give TTL, or leave the check out'
        : `TTL ${JSON.stringify(ttl)} is no duration`;
    throw new FaceError(400, why);
  }
  const after = textOf(raw, 'deregistercriticalserviceafter');
  const deregisterAfterMs = after === '' ? null : goDurationMs(after);
  if (deregisterAfterMs === undefined) throw new FaceError(400, 'DeregisterCriticalServiceAfter is no duration');
  return {
    id: textOf(raw, 'checkid') || defaultId,
    name: textOf(raw, 'name') || `Service '${service}' check`,
    ttlMs,
    status: statusWord(textOf(raw, 'status') || 'critical'),
    notes: textOf(raw, 'notes'),
    deregisterAfterMs,
  };
}

/** `{ Status, Output }` of `/v1/agent/check/update/:id`. @throws FaceError 400 */
export function parseUpdate(body: string): { readonly status: CheckStatus; readonly output: string } {
  const raw = objectOf(parseJson(body));
  return { status: statusWord(textOf(raw, 'status')), output: textOf(raw, 'output') };
}

function statusWord(text: string): CheckStatus {
  if (text === 'passing' || text === 'warning' || text === 'critical') return text;
  throw new FaceError(400, `Status ${JSON.stringify(text)} must be passing, warning or critical`);
}

function weightOf(value: unknown): number {
  if (value === undefined || value === null) return 1;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new FaceError(400, 'Weights must be numbers from 0 to 65535');
}

function metaOf(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new FaceError(400, 'Meta must be an object');
  const entries = Object.entries(value);
  if (
    entries.length > 64 ||
    entries.some(([key, text]) => typeof text !== 'string' || key.length > 128 || text.length > 512)
  ) {
    throw new FaceError(400, 'Meta must be at most 64 texts of at most 512 characters');
  }
  return Object.fromEntries(entries);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new FaceError(400, 'Request decode failed: the body is not JSON');
  }
}

function objectOf(value: unknown): Raw {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FaceError(400, 'Request decode failed: an object is needed');
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toLowerCase().replaceAll('_', ''), inner]),
  );
}

function textOf(raw: Raw, key: string): string {
  const value = raw[key];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new FaceError(400, `${key} must be a text`);
  return value;
}
