import { expect, test } from 'vitest';
import { fixedPorts } from '../../../src/control/tcp-ports.ts';
import { openCase } from '../config/case.ts';

test('every port that a definition names is left alone by whoever takes any port', async () => {
  using open = openCase(`
>>> msvc.yaml
registry: { http: { port: 8080 } }
services:
  web: { command: x, port: 3000 }
  redis: { command: x, protocol: tcp, public_port: 6379 }
`);
  const loaded = await open.load();
  if (!loaded.ok) throw new Error(open.render(loaded.diagnostics).join('\n'));
  expect(fixedPorts(loaded.project)).toEqual([3000, 6379, 8080]);
});
