import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type InstanceId, instanceId, serviceName } from '../../../src/model/names.ts';
import { type Availability, type Change, type NewRow, Registry, type Row } from '../../../src/registry/registry.ts';

const service = serviceName('catalog');
const row = (replica: number, state: NewRow['state'], port = 4000 + replica): NewRow => ({
  id: instanceId(service, replica, 1),
  service,
  replica,
  host: '127.0.0.1',
  port,
  state,
});

/** What a reader ends up with that took the snapshot and every change after it. */
function follow(
  registry: Registry,
): () => { rows: Row[]; availability: Record<string, Availability>; version: number } {
  const rows = new Map<InstanceId, Row>();
  const availability: Record<string, Availability> = {};
  const apply = (change: Change): void => {
    expect(change.version).toBe(version + 1);
    version = change.version;
    if (change.type === 'row') rows.set(change.row.id, change.row);
    else if (change.type === 'row-gone') rows.delete(change.id);
    else availability[change.service] = change.availability;
  };
  const { snapshot } = registry.watch(apply);
  let { version } = snapshot;
  for (const known of snapshot.rows) rows.set(known.id, known);
  Object.assign(availability, snapshot.availability);
  return () => ({ rows: [...rows.values()], availability, version });
}

type Act = ['put', number, NewRow['state']] | ['remove', number] | ['availability', Availability];

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(
    fc.constant('put' as const),
    fc.integer({ min: 1, max: 4 }),
    fc.constantFrom<NewRow['state']>('starting', 'ready', 'draining'),
  ),
  fc.tuple(fc.constant('remove' as const), fc.integer({ min: 1, max: 4 })),
  fc.tuple(fc.constant('availability' as const), fc.constantFrom<Availability>('expected', 'stopped', 'failed')),
);

function perform(registry: Registry, [what, a, b]: Act): void {
  if (what === 'put') registry.put(row(a, b));
  else if (what === 'remove') registry.remove(instanceId(service, a, 1));
  else registry.setAvailability(service, a);
}

describe('the change feed', () => {
  test('snapshot and changes give every reader the same table, whenever it came', () => {
    fc.assert(
      fc.property(fc.array(act), fc.array(act), (before, after) => {
        const registry = new Registry();
        const early = follow(registry);
        for (const one of before) perform(registry, one);
        const late = follow(registry);
        for (const one of after) perform(registry, one);
        const { rows, availability, version } = registry.snapshot();
        expect(early()).toEqual({ rows, availability, version });
        expect(late().version).toBe(version);
        expect(new Set(late().rows)).toEqual(new Set(rows));
      }),
    );
  });

  test('what changes nothing is not published', () => {
    const registry = new Registry();
    const changes: Change[] = [];
    registry.watch((change) => changes.push(change));
    registry.put(row(1, 'ready'));
    registry.put(row(1, 'ready'));
    registry.remove(instanceId(service, 2, 1));
    registry.setAvailability(service, 'expected');
    registry.setAvailability(service, 'expected');
    expect(changes.map((change) => change.type)).toEqual(['row', 'availability']);
  });

  test('a reader that left hears nothing more', () => {
    const registry = new Registry();
    const changes: Change[] = [];
    const { stop } = registry.watch((change) => changes.push(change));
    stop();
    registry.put(row(1, 'ready'));
    expect(changes).toEqual([]);
  });
});
