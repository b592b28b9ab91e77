/** The contract of drivers, kept by processes. */
import { onTestFinished } from 'vitest';
import { sweepRun } from '../../src/runtime/sweep.ts';
import { lacks } from '../rig/skip.ts';
import { launchRequest, testDriver } from '../unit/runtime/support.ts';
import { driverContract } from './driver.contract.ts';

let current: ReturnType<typeof testDriver> | null = null;

driverContract({
  name: 'process',
  lacking: async () => lacks('busybox'),
  driver: () => {
    if (!current) {
      current = testDriver();
      onTestFinished(() => {
        current = null;
      });
    }
    return current.driver;
  },
  request: ({ script, port: _port, ...words }) => launchRequest({ command: ['sh', '-c', script], ...words }),
  sweep: async (run) => (await sweepRun(run)).length,
});
