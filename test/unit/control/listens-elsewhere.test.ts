/** A service that ends at the moment in which it is looked at. */
import { expect, test } from 'vitest';
import { listensElsewhere } from '../../../src/control/listens-elsewhere.ts';
import type { ServiceSpec } from '../../../src/model/project.ts';
import type { Running } from '../../../src/runtime/drivers/driver.ts';
import type { SlowStarter } from '../../../src/runtime/service-parts.ts';

test('one that ends while its processes are looked at is none that listens elsewhere', async () => {
  let running: Running | null = {
    pid: 2 ** 22 + 1,
    members: async () => {
      running = null;
      return [];
    },
  } as unknown as Running;
  const instance: SlowStarter = {
    replica: 1,
    port: 1,
    get running() {
      return running;
    },
  };
  expect(await listensElsewhere({ port: { kind: 'auto' } } as unknown as ServiceSpec, instance)).toBeNull();
});
