/** Must-have 5: a taken gateway port is an error that names the owner; with `auto` another one is found and said. */
import { createServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

async function occupy(port: number): Promise<Server & AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return Object.assign(server, {
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

test('a fixed port: exit 4, with pid, command and what to do; nothing starts', async () => {
  await using server = await occupy(0);
  const { port } = server.address() as { port: number };
  await using rig = await createRig({
    'msvc.yaml': `
gateway: { port: ${port} }
services: { web: { command: [node, "\${PUPPET}"], route: / } }
`,
  });
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(4);
  expect(up.stderr).toContain('MSVC_PORT_TAKEN');
  expect(up.stderr).toContain(String(port));
  expect(up.stderr).toContain('--port');
  expect(up.stderr).toContain('msvc.yaml:2');
  if (process.platform === 'linux') {
    expect(up.stderr).toContain(String(process.pid));
    expect(up.stderr).toContain('node');
  }
  expect(rig.launches('web')).toEqual([]);
  expect(rig.processes()).toEqual([]);

  await rig.ok(['up', '-d', '--wait', '--port', 'auto']);
  expect((await rig.get('/')).status).toBe(200);
});

test('auto: the next free one, said aloud', async () => {
  // Another test's system may have it for the moment: only what we hold ourselves stays held.
  const server = await eventually('port 8080 for this test', () => occupy(8080).catch(() => undefined), 110_000);
  try {
    await using rig = await createRig({
      'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], route: / } }',
    });
    const up = await rig.up();
    const gateway = (await rig.engine())?.gateway as string;
    expect(new URL(gateway).port).not.toBe('8080');
    expect(`${up.stdout}${up.stderr}`).toContain(new URL(gateway).port);
    expect(`${up.stdout}${up.stderr}`).toContain('8080');
  } finally {
    await server[Symbol.asyncDispose]();
  }
});

test("a service's fixed port: the error names its line and the owner; the rest can be started by name", async () => {
  await using server = await occupy(0);
  const { port } = server.address() as { port: number };
  await using rig = await createRig({
    'msvc.yaml': `
services:
  fixed:
    command: [node, "\${PUPPET}"]
    port: ${port}
  other:
    command: [node, "\${PUPPET}"]
`,
  });
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(4);
  expect(up.stderr).toMatch(/msvc\.yaml:5/);
  expect(up.stderr).toContain(String(port));
  await rig.ok(['up', '-d', '--wait', 'other']);
});
