/** `depends_on`, already a map: what a service waits for before it starts. */
import { serviceName } from '../../model/names.ts';
import type { Condition, Dependency } from '../../model/project.ts';
import type { Node } from '../tree/node.ts';
import { booleanOf, entriesOf, get, textOf } from '../tree/read.ts';

export function dependenciesOf(node: Node | undefined): Dependency[] {
  return entriesOf(node).map(({ key, value }) => ({
    service: serviceName(key),
    condition: (textOf(get(value, 'condition')) ?? 'service_started') as Condition,
    required: booleanOf(get(value, 'required')) ?? true,
    restart: booleanOf(get(value, 'restart')) ?? false,
  }));
}
