/** The ports of a plan are known by the keys under which they are claimed later. */
import { expect, test } from 'vitest';
import { portsAhead } from '../../../src/control/replica-ports.ts';
import type { PlanStep } from '../../../src/model/event.ts';
import type { ServiceName } from '../../../src/model/names.ts';
import type { Project, ServiceSpec } from '../../../src/model/project.ts';
import type { Wanted } from '../../../src/runtime/plan.ts';

const spec = (name: string, port: string, kind = 'process', calls: string[] = []): ServiceSpec =>
  ({ name, port: { kind: port }, run: { kind }, calls }) as unknown as ServiceSpec;

test('edges, and the replicas of processes that start and take any port', () => {
  const specs = [
    spec('web', 'auto', 'process', ['api', 'box']),
    spec('api', 'auto'),
    spec('fixed', 'fixed'),
    spec('worker', 'none'),
    spec('box', 'auto', 'container'),
    spec('kept', 'auto'),
  ];
  const project = { services: Object.fromEntries(specs.map((one) => [one.name, one])) } as unknown as Project;
  const wanted = new Map<ServiceName, Wanted>(
    specs.map((one) => [one.name, { spec: one, replicas: one.name === 'api' ? 2 : 1, run: true }]),
  );
  const steps = specs.map(({ name }) => ({ service: name, action: name === 'kept' ? 'keep' : 'start' }) as PlanStep);
  expect(portsAhead(project, steps, wanted)).toEqual(['edge:web>api', 'edge:web>box', 'web.1', 'api.1', 'api.2']);
});
