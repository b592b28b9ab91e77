/** Crash after crash: any of our processes is killed with SIGKILL at any moment; the next command puts it right. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';
import { Random, rounds } from './random.ts';

const FILES = {
  'msvc.yaml': `
services:
  web: { command: [node, "\${PUPPET}"], route: /, replicas: 2, calls: [api], stop_grace_period: 1s }
  api: { command: "node $PUPPET | cat", port: auto, database: true, stop_grace_period: 1s }
  worker: { command: [node, "\${PUPPET}", --worker, --ignore-term], port: none, stop_grace_period: 500ms }
`,
};

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went by itself.
  }
}

test('whatever is killed, `up` serves again and `down` leaves nothing', async () => {
  const random = new Random();
  await using rig = await createRig(FILES);
  for (let round = 0; round < rounds(60); round++) {
    const up = rig.start(['up', '-d', '--wait']);
    // In the middle of coming up, or once it is up.
    if (random.below(2) === 0) await up.exited;
    else await Promise.race([rig.puppet('web'), up.exited]);
    for (const victim of random.some(rig.processes())) kill(victim.pid);
    await up.exited;

    if (random.below(3) === 0) {
      expect((await rig.msvc(['down'])).code, `round ${round}`).toBe(0);
      await eventually('nothing to be left', () => rig.processes().length === 0);
    } else {
      // Who was killed five times within a minute is in a crash loop, and says so; a restart does not wait for it.
      const again = await rig.msvc(['up', '-d', '--wait']);
      if (again.code !== 0) {
        expect(again.stderr, `round ${round}`).toContain('it keeps failing');
        await rig.ok(['restart']);
      }
      expect((await rig.get('/')).status, `round ${round}`).toBe(200);
    }
  }
  await rig.ok(['down']);
  expect(rig.leftovers()).toEqual([]);
});
