/**
 * The part of Consul's HTTP API that its clients use: an agent's services and checks, health and catalog of services,
 * both with blocking queries. Answers by the registry and the registrations; owns its blocking readers.
 */
import {
  FaceError,
  type FaceHandler,
  type FaceRequest,
  type FaceResponse,
  type FaceResult,
  notAllowed,
  type Query,
} from '../http/face.ts';
import type { Registration, Registrations } from '../registrations.ts';
import type { Registry, Row } from '../registry.ts';
import { Answers } from './answers.ts';
import { Blocking, type Watched } from './blocking.ts';
import { parseRegistration, parseUpdate } from './parse.ts';
import { agentService, catalogEntry, checksOf, healthEntry, type Node, serviceId, statusOf } from './shapes.ts';

export interface ConsulParts {
  readonly registry: Registry;
  readonly registrations: Registrations;
  readonly node: Node;
}

export interface Consul {
  readonly handle: FaceHandler;
  readonly blocking: Blocking;
}

interface Shared {
  readonly blocking: Blocking;
  readonly answers: Answers;
}

export function consul(parts: ConsulParts): Consul {
  const blocking = new Blocking(parts.registry);
  const shared = { blocking, answers: new Answers() };
  return { handle: (request) => handle(request, parts, shared), blocking };
}

function handle(request: FaceRequest, parts: ConsulParts, shared: Shared): FaceResult {
  const [version, area, kind, ...rest] = request.segments;
  if (version !== 'v1') return null;
  checkQuery(request.query);
  switch (`${area}/${kind}`) {
    case 'agent/service':
      return agentServiceCall(request, rest, parts);
    case 'agent/check':
      return agentCheckCall(request, rest, parts);
    case 'agent/services':
      return read(request, () => ({ status: 200, body: servicesOfAgent(parts) }));
    case 'agent/checks':
      return read(request, () => ({ status: 200, body: checksOfAgent(parts) }));
    case 'agent/self':
      return read(request, () => ({
        status: 200,
        body: { Config: { Datacenter: 'dc1', NodeName: parts.node.name }, Member: { Name: parts.node.name } },
      }));
    case 'status/leader':
      return read(request, () => ({ status: 200, body: '"127.0.0.1:8300"', type: 'application/json' }));
    case 'catalog/services':
      return blocked(request, shared, {
        ...{ service: '', question: 'services', version: () => parts.registry.version },
        render: () => tagsByService(parts.registry),
      });
    case 'catalog/nodes':
      return read(request, () => ({
        status: 200,
        body: [{ Node: parts.node.name, ID: parts.node.id, Address: '127.0.0.1', Datacenter: 'dc1' }],
      }));
    case 'catalog/datacenters':
      return read(request, () => ({ status: 200, body: ['dc1'] }));
    case 'catalog/service':
      return ofService(request, rest, parts, shared, (row, registration) =>
        catalogEntry(row, registration, parts.node),
      );
    case 'health/service':
      return ofService(request, rest, parts, shared, (row, registration) => healthEntry(row, registration, parts.node));
    case 'health/checks':
      return ofService(request, rest, parts, shared, (row, registration) => checksOf(row, registration, parts.node));
    default:
      return null;
  }
}

/** What would change the answer and is not known here is refused: a client must not take all instances for those it chose. */
function checkQuery(query: Query): void {
  for (const name of ['filter', 'ns', 'partition', 'peer', 'node-meta']) {
    if (query.get(name)) throw new FaceError(400, `${name} is not supported here`);
  }
  const dc = query.get('dc') || 'dc1';
  if (dc !== 'dc1') throw new FaceError(500, 'No path to datacenter');
}

function agentServiceCall(
  request: FaceRequest,
  [verb = '', id]: readonly string[],
  { registry, registrations }: ConsulParts,
): FaceResponse | null {
  if (verb === 'register' || verb === 'deregister') {
    if (request.method !== 'PUT') return notAllowed(request.method, 'PUT');
    if (verb === 'register') {
      const spec = parseRegistration(request.body);
      // What msvc itself runs goes by its supervisor alone.
      if (rowById(registry, spec.id) && !registrations.get(spec.id))
        throw new FaceError(400, `${spec.id} is run by msvc`);
      registrations.add(spec);
      return { status: 200 };
    }
    if (id !== undefined && registrations.remove(id, 'deregistered')) return { status: 200 };
    const known = id !== undefined && rowById(registry, id) !== undefined;
    throw new FaceError(
      known ? 403 : 404,
      known ? `${id} is run by msvc` : `Unknown service ID ${JSON.stringify(id ?? '')}`,
    );
  }
  // Consul's `maintenance/:id`, which is not known here, and nothing of its own.
  if (id !== undefined) return null;
  return read(request, () => {
    const row = rowById(registry, verb);
    if (!row) throw new FaceError(404, `unknown service ID: ${verb}`);
    return { status: 200, body: agentService(row, registrations.get(verb)) };
  });
}

const VERDICTS = { pass: 'passing', warn: 'warning', fail: 'critical' } as const;

function agentCheckCall(
  request: FaceRequest,
  [verb = '', id = '']: readonly string[],
  { registrations }: ConsulParts,
): FaceResponse | null {
  if (verb !== 'update' && !(verb in VERDICTS)) return null;
  if (request.method !== 'PUT') return notAllowed(request.method, 'PUT');
  const { status, output } =
    verb === 'update'
      ? parseUpdate(request.body)
      : { status: VERDICTS[verb as keyof typeof VERDICTS], output: request.query.get('note') ?? '' };
  if (!registrations.setCheck(id, status, output)) throw new FaceError(404, `Unknown check ID ${JSON.stringify(id)}`);
  return { status: 200 };
}

/** Rows of a service, as `tag` and `passing` choose them. */
function ofService(
  request: FaceRequest,
  [name = '']: readonly string[],
  { registry, registrations }: ConsulParts,
  shared: Shared,
  shape: (row: Row, registration: Registration | undefined) => unknown,
): FaceResult {
  if (name === '') throw new FaceError(400, 'Missing service name');
  const tags = request.query.getAll('tag');
  const passing = request.query.has('passing') && request.query.get('passing') !== 'false';
  return blocked(request, shared, {
    service: name,
    question: JSON.stringify([request.segments, tags, passing]),
    version: () => registry.versionOf(name),
    // What checks last said is no part of a row's version.
    said: () => registrations.version,
    render: () =>
      registry.rowsOf(name).flatMap((row) => {
        const registration = row.label === undefined ? undefined : registrations.get(row.label);
        if (passing && statusOf(row, registration) !== 'passing') return [];
        return tags.every((tag) => row.tags?.includes(tag)) ? shape(row, registration) : [];
      }),
  });
}

interface Question {
  /** '' = all */
  readonly service: string;
  /** The same words for the same answer. */
  readonly question: string;
  readonly version: () => number;
  readonly said?: () => number;
  readonly render: () => unknown;
}

function blocked(request: FaceRequest, { blocking, answers }: Shared, asked: Question): FaceResult {
  if (request.method !== 'GET') return notAllowed(request.method, 'GET');
  const { service, question, version, said, render } = asked;
  // An index is never 0, which clients take for "none"; so even a service that never was can be waited for.
  const watched: Watched = { service, indexOf: () => version() + 1 };
  return (send) =>
    blocking.ask(watched, request, () =>
      send(() => answers.of({ question, index: version() + 1, said: said?.() ?? 0 }, render)),
    );
}

function read(request: FaceRequest, answer: () => FaceResponse): FaceResponse {
  return request.method === 'GET' ? answer() : notAllowed(request.method, 'GET');
}

function rowById(registry: Registry, id: string): Row | undefined {
  return registry.snapshot().rows.find((row) => serviceId(row) === id);
}

function servicesOfAgent({ registry, registrations }: ConsulParts): Record<string, unknown> {
  const entries = registry.snapshot().rows.map((row) => {
    const id = serviceId(row);
    return [id, agentService(row, registrations.get(id))] as const;
  });
  return Object.fromEntries(entries);
}

function checksOfAgent({ registry, registrations, node }: ConsulParts): Record<string, unknown> {
  const all = registry.snapshot().rows.flatMap((row) => checksOf(row, registrations.get(serviceId(row)), node));
  return Object.fromEntries(all.map((check) => [check.CheckID, check]));
}

function tagsByService(registry: Registry): Record<string, string[]> {
  const entries = registry
    .services()
    .map((name) => [name, [...new Set(registry.rowsOf(name).flatMap((row) => row.tags ?? []))]]);
  return Object.fromEntries(entries);
}
