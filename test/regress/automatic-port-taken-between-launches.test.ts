/**
 * Between two launches of an instance its port is nobody's. When a stranger listens on it by then, the next launch has
 * another one; it used to fail on the old one for ever, and a probe could take the stranger for it.
 */
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('an automatic port that a stranger has taken', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}"]
    route: /
    healthcheck: { tcp: true, interval: 10m }
`,
  });
  await rig.up();
  const events = rig.events();
  const first = await rig.puppet('web');
  const [before] = await rig.ps();
  await first.tell('unlisten', {});
  let met = 0;
  const stranger = createServer((socket) => {
    met++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => stranger.listen(before!.port!, '127.0.0.1', resolve));
  try {
    await first.tell('exit', { code: 3 });
    const moved = await events.until('instance.moved');
    expect(moved).toMatchObject({ instance: 'web.1@1', from: before!.port, pid: process.pid });
    await events.until('instance.ready', {}, moved.seq);
    const [after] = await rig.ps();
    expect(after).toMatchObject({ state: 'ready', port: moved.port, restarts: 1, inBalancing: true });
    expect((await rig.get('/')).status).toBe(200);
    expect((await rig.ok(['env', 'web'])).stdout).toMatch(new RegExp(`^PORT +msvc +${moved.port}$`, 'm'));
    expect((await rig.ok(['events'])).stdout).toMatch(
      new RegExp(`port ${before!.port} is taken by process ${process.pid} .*moved to ${moved.port}`),
    );
    expect(met).toBe(0);
    await rig.ok(['down']);
    await rig.up();
    expect(await rig.ps()).toMatchObject([{ port: moved.port }]);
  } finally {
    await new Promise((resolve) => stranger.close(resolve));
  }
});
