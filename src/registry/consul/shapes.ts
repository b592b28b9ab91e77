/**
 * Rows in the shapes of Consul's HTTP API (https://developer.hashicorp.com/consul/api-docs), as far as its clients read
 * them. Pure. There is one node, this machine.
 */
import { replicaLabel } from '../../model/names.ts';
import type { Check, CheckStatus, Registration } from '../registrations.ts';
import type { Row } from '../registry.ts';

export interface Node {
  readonly name: string;
  readonly id: string;
}

export function serviceId(row: Row): string {
  return row.label ?? replicaLabel(row.service, row.replica);
}

/** Of an instance that msvc supervises: its state is its check. */
const STATES: Readonly<Record<Row['state'], readonly [CheckStatus, string]>> = {
  ready: ['passing', 'ready'],
  standby: ['warning', 'ready; another instance takes its requests'],
  starting: ['critical', 'not ready yet'],
  draining: ['critical', 'leaving'],
};

export function checksOf(row: Row, registration: Registration | undefined, node: Node): Record<string, unknown>[] {
  const id = serviceId(row);
  const own: Check[] = registration
    ? [...registration.checks]
    : [
        {
          ...{
            id: `service:${id}`,
            name: 'msvc',
            status: STATES[row.state][0],
            output: STATES[row.state][1],
            notes: '',
          },
          ...{ ttlMs: null, deregisterAfterMs: null },
        },
      ];
  return own.map((check) => checkShape(check, row, id, node));
}

function checkShape(check: Check, row: Row, id: string, node: Node): Record<string, unknown> {
  return {
    Node: node.name,
    CheckID: check.id,
    Name: check.name,
    Status: check.status,
    Notes: check.notes,
    Output: check.output,
    ServiceID: id,
    ServiceName: row.service,
    ServiceTags: row.tags ?? [],
    Type: check.ttlMs === null ? '' : 'ttl',
    Definition: {},
    CreateIndex: row.version,
    ModifyIndex: row.version,
  };
}

/** The status that `passing` goes by. */
export function statusOf(row: Row, registration: Registration | undefined): CheckStatus {
  if (row.state === 'standby') return 'warning';
  return registration ? registration.status : STATES[row.state][0];
}

function nodeShape(node: Node): Record<string, unknown> {
  return {
    ID: node.id,
    Node: node.name,
    Address: '127.0.0.1',
    Datacenter: 'dc1',
    TaggedAddresses: { lan: '127.0.0.1', wan: '127.0.0.1' },
    Meta: {},
  };
}

function weightsOf(row: Row, registration: Registration | undefined) {
  const { passing, warning } = registration?.weights ?? { passing: row.weight ?? 1, warning: 1 };
  return { Passing: passing, Warning: warning };
}

/** An element of `/v1/agent/services`. */
export function agentService(row: Row, registration: Registration | undefined): Record<string, unknown> {
  return {
    ID: serviceId(row),
    Service: row.service,
    Tags: row.tags ?? [],
    Meta: row.metadata ?? {},
    Port: row.port,
    Address: row.host,
    Weights: weightsOf(row, registration),
    EnableTagOverride: false,
    Datacenter: 'dc1',
  };
}

/** An element of `/v1/health/service/:name`. */
export function healthEntry(row: Row, registration: Registration | undefined, node: Node): Record<string, unknown> {
  return {
    Node: nodeShape(node),
    Service: { ...agentService(row, registration), CreateIndex: row.version, ModifyIndex: row.version },
    Checks: checksOf(row, registration, node),
  };
}

/** An element of `/v1/catalog/service/:name`. */
export function catalogEntry(row: Row, registration: Registration | undefined, node: Node): Record<string, unknown> {
  return {
    ...nodeShape(node),
    NodeMeta: {},
    ServiceID: serviceId(row),
    ServiceName: row.service,
    ServiceAddress: row.host,
    ServicePort: row.port,
    ServiceTags: row.tags ?? [],
    ServiceMeta: row.metadata ?? {},
    ServiceWeights: weightsOf(row, registration),
    CreateIndex: row.version,
    ModifyIndex: row.version,
  };
}
