/**
 * With `--json` warnings stood as plain text before the error's object, `up --wait` that failed printed nothing on
 * standard output, though its services have an `outcome: failed`, and `wait` printed no error.
 */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILE = {
  'msvc.yaml': `
services:
  web: { command: "echo $UNSET_HERE; exit 3", restart: "no" }
  slow: { command: sleep 1000, port: auto, healthcheck: { start_period: 1h } }
`,
};

test('one object on each stream, whatever is doubtful in the definition; of a success none on standard error', async () => {
  await using rig = await createRig(FILE);
  const up = await rig.msvc(['up', '-d', '--wait', '--json', 'web']);
  expect(up.code).toBe(1);
  expect(JSON.parse(up.stderr)).toMatchObject({ error: { code: 'MSVC_SERVICE_FAILED', exitCode: 1 } });
  expect(up.json()).toMatchObject({
    services: [{ service: 'web', state: 'failed', outcome: 'failed', reason: 'web exited with code 3' }],
    warnings: [{ severity: 'warning', message: expect.stringContaining('UNSET_HERE') }],
  });

  const waited = await rig.msvc(['wait', 'web', '--json']);
  expect(waited.code).toBe(1);
  expect(JSON.parse(waited.stderr)).toMatchObject({ error: { code: 'MSVC_SERVICE_FAILED' } });
  expect(waited.json()).toMatchObject({ services: [{ outcome: 'failed' }] });

  await rig.ok(['down']);
  const late = await rig.msvc(['up', '-d', '--wait', '--wait-timeout', '0', '--json', 'slow']);
  expect(late.code).toBe(5);
  expect(JSON.parse(late.stderr)).toMatchObject({ error: { code: 'MSVC_WAIT_TIMEOUT' } });
  expect(late.json()).toMatchObject({ services: [{ service: 'slow', outcome: 'waiting' }] });

  expect(await rig.msvc(['up', '-d', '--json', 'slow'])).toMatchObject({ code: 0, stderr: '' });
  expect((await rig.msvc(['up', '-d', 'slow'])).stderr).toContain('UNSET_HERE');
});
