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

  // A port of the command line stands nowhere in the file.
  const asked = await rig.msvc(['up', '-d', '--wait', '--port', String(port)]);
  expect(asked.code).toBe(4);
  expect(asked.stderr).toContain('MSVC_PORT_TAKEN');
  expect(asked.stderr).not.toContain('-->');

  await rig.ok(['up', '-d', '--wait', '--port', 'auto']);
  expect((await rig.get('/')).status).toBe(200);
});

test('auto: the next free one, said aloud', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], route: / } }',
  });
  // Whoever else has port 8080 will do as well, as long as they keep it.
  await eventually(
    'a gateway that had to go elsewhere',
    async () => {
      const server = await occupy(8080).catch(() => undefined);
      try {
        const up = await rig.up();
        const { port } = new URL((await rig.engine())?.gateway as string);
        if (port === '8080') {
          await rig.ok(['down']);
          return false;
        }
        const said = `${up.stdout}${up.stderr}`;
        expect(said).toContain(port);
        expect(said).toContain('8080');
        if (server) expect(said).toContain(`because process ${process.pid} (`);
        return true;
      } finally {
        await server?.[Symbol.asyncDispose]();
      }
    },
    60_000,
  );
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
