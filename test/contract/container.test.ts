/** The contract of drivers, kept by containers on a real engine; and what only containers have. */
import { afterAll, describe, expect, it } from 'vitest';
import type { ContainerRun } from '../../src/model/run.ts';
import { findEndpoint } from '../../src/runtime/drivers/container/connection.ts';
import { type ContainerDriverParts, createContainerDriver } from '../../src/runtime/drivers/container/driver.ts';
import { ContainerEngine } from '../../src/runtime/drivers/container/engine.ts';
import { ProjectNetwork } from '../../src/runtime/drivers/container/network.ts';
import { createOneOff } from '../../src/runtime/drivers/container/one-off.ts';
import {
  networksOf,
  removeContainers,
  removeNetworks,
  removeVolumes,
} from '../../src/runtime/drivers/container/sweep.ts';
import { SyncedFiles } from '../../src/runtime/drivers/container/sync.ts';
import type { ContainerLaunch, Driver, LaunchRequest } from '../../src/runtime/drivers/driver.ts';
import { RUN_MARK } from '../../src/runtime/marks.ts';
import { engine, IMAGE, lacksEngine, lacksMemoryLimit, whatIsThere } from '../rig/containers.ts';
import { skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';
import { launchRequest, type MemoryLog } from '../unit/runtime/support.ts';
import { driverContract, type Launch } from './driver.contract.ts';

const PROJECT = `contract${process.pid}`;
const SCOPE = `contract${process.pid}`;
const owner = (run: string) => ({ project: PROJECT, scope: SCOPE, run });
const admitted: string[] = [];
let connected: ContainerEngine | null = null;
let network: ProjectNetwork;
let lacking: Promise<string | false> | null = null;

async function open(): Promise<string | false> {
  const reason = await lacksEngine();
  if (reason !== false) return reason;
  const endpoint = findEndpoint(process.env)!;
  connected = new ContainerEngine({ endpoint, scope: SCOPE, onLost: () => {}, onRestored: () => {} });
  await connected.connect();
  network = new ProjectNetwork(connected, owner(''));
  await network.open();
  return false;
}

const ready = (): Promise<string | false> => {
  lacking ??= open();
  return lacking;
};

afterAll(async () => {
  if (!connected) return;
  const { docker } = connected;
  const { removed: left } = await removeContainers(docker, SCOPE, () => null);
  await removeNetworks(docker, await networksOf(docker, SCOPE));
  await removeVolumes(docker, SCOPE, 'all');
  connected.close();
  expect(left).toEqual([]);
  expect(await whatIsThere(PROJECT)).toEqual({ containers: [], networks: [], volumes: [], tags: [] });
});

/** For each run, as each run of msvc has its own. */
function partsOf(run: string): ContainerDriverParts {
  return {
    engine: connected!,
    owner: owner(run),
    network,
    volumeName: (key) => key,
    synced: new SyncedFiles(),
    admit: async (service, address) => void admitted.push(`+ ${service} ${address}`),
    dismiss: async (service, address) => void admitted.push(`- ${service} ${address}`),
    logging: () => null,
    onFolder: () => {},
    onLeft: () => {},
  };
}

const driver: Driver = {
  kind: 'container',
  check: () => {},
  launch: (asked) => createContainerDriver(partsOf(asked.environment[RUN_MARK] ?? '')).launch(asked),
};

let replica = 0;
function request(
  { script, port, run, tty = false, stdinOpen = false }: Launch,
  change: Partial<ContainerRun> = {},
  image: Partial<ContainerLaunch['image']> = {},
): LaunchRequest & { readonly log: MemoryLog } {
  replica += 1;
  const spec: ContainerRun = {
    kind: 'container',
    image: { kind: 'pull', name: IMAGE, policy: 'never' },
    mounts: [],
    publish: [],
    limits: {},
    init: false,
    readOnly: false,
    tty,
    stdinOpen,
    extraHosts: [],
    labels: {},
    ...change,
  };
  const prepared = { id: IMAGE, name: IMAGE, port: null, healthcheck: null, stopSignal: null, user: '', volumes: [] };
  return {
    ...launchRequest({ command: script, replica }),
    environment: { PATH: '/bin', [RUN_MARK]: run ?? 'usual' },
    run: {
      kind: 'container',
      spec,
      image: { ...prepared, ...image },
      command: ['sh', '-c', script],
      port: port ?? null,
      mounts: [],
      oneOff: false,
    },
  };
}

driverContract({
  name: 'container',
  lacking: ready,
  driver: () => driver,
  request,
  // Of a project everything goes that is not of the run that lives.
  sweep: async (run) => (await removeContainers(engine(), SCOPE, () => run.replace('left', 'other'))).removed.length,
});

describe('a container', () => {
  const launch = async (asked: LaunchRequest & { readonly log: MemoryLog }) => ({
    running: await driver.launch(asked),
    log: asked.log,
  });

  it('is held to its limits: too much memory ends it, and that is what its end says', async (context) => {
    skipIf(context, await ready());
    skipIf(context, await lacksMemoryLimit());
    const limits = { memoryBytes: 16 * 1024 * 1024, pids: 10 };
    const outOfMemory = { limitBytes: limits.memoryBytes };
    const hog = 'x=x; while :; do x=$x$x; done';
    const whole = await launch(request({ script: hog }, { limits }));
    expect(await whole.running.exited).toEqual({ code: null, signal: 'SIGKILL', outOfMemory });
    const part = await launch(request({ script: `(${hog}); exit 3` }, { limits }));
    expect(await part.running.exited).toEqual({ code: 3, signal: null, outOfMemory });
    const none = await launch(request({ script: 'exit 3' }, { limits }));
    expect(await none.running.exited).toEqual({ code: 3, signal: null });
    await Promise.all([whole, part, none].map(({ running }) => running.emptied));
  });

  it('may have no more processes than it is given', async (context) => {
    skipIf(context, await ready());
    const many = 'for n in 1 2 3 4 5 6 7 8 9; do sleep 0.2 & done; wait; echo all';
    const { running, log } = await launch(request({ script: many }, { limits: { pids: 5 } }));
    await running.emptied;
    expect(log.stderr).toContain("can't fork");
    expect(log.stdout).not.toContain('all');
  });

  it('renamed by somebody else goes on, and is still ours to end', async (context) => {
    skipIf(context, await ready());
    const { running, log } = await launch(request({ script: 'echo ready; sleep 600' }));
    await eventually('it to run', () => log.stdout.includes('ready'));
    await engine()
      .getContainer(running.container!)
      .rename({ name: `${PROJECT}-another-name` });
    expect((await running.members()).length).toBeGreaterThan(0);
    await running.kill();
    expect((await running.exited).signal).toBe('SIGKILL');
    await running.emptied;
  });

  it('with a terminal has one stream, as it is', async (context) => {
    skipIf(context, await ready());
    const { running, log } = await launch(request({ script: 'test -t 1 && echo tty; echo two >&2' }, { tty: true }));
    await running.drained;
    await running.emptied;
    expect(log.stdout).toBe('tty\r\ntwo\r\n');
    expect(log.stderr).toBe('');
  });

  it('paused by somebody else says so, and is killed all the same', async (context) => {
    skipIf(context, await ready());
    const { running, log } = await launch(request({ script: 'echo ready; sleep 600' }));
    await eventually('it to run', () => log.stdout.includes('ready'));
    const told: boolean[] = [];
    running.onPaused!((paused) => told.push(paused));
    const container = engine().getContainer(running.container!);
    await container.pause();
    await eventually('the pause to be noticed', () => told.at(-1) === true);
    await container.unpause();
    await eventually('it to go on', () => told.at(-1) === false);
    await container.pause();
    await eventually('the second pause to be noticed', () => told.at(-1) === true);
    await running.kill();
    expect((await running.exited).signal).toBe('SIGKILL');
    await running.emptied;
  });

  it('removed by somebody else has ended', async (context) => {
    skipIf(context, await ready());
    const { running } = await launch(request({ script: 'sleep 600' }));
    await engine().getContainer(running.container!).remove({ force: true });
    expect((await running.exited).signal).toBe('SIGKILL');
    await running.emptied;
  });

  it('is let in before it runs, under its own address, and out when it is gone', async (context) => {
    skipIf(context, await ready());
    admitted.length = 0;
    const { running, log } = await launch(request({ script: 'cat /etc/hosts' }));
    await running.emptied;
    const [own] = admitted[0]!.split(' ').slice(2);
    expect(log.stdout).toContain(own);
    expect(admitted).toEqual([`+ web ${own}`, `- web ${own}`]);
  });

  it('runs a command inside for a probe', async (context) => {
    skipIf(context, await ready());
    const { running, log } = await launch(request({ script: 'touch /here; echo ready; sleep 600' }));
    await eventually('it to run', () => log.stdout.includes('ready'));
    const { signal } = new AbortController();
    const inside = await running.execute!({ kind: 'exec', argv: ['test', '-f', '/here'] }, signal);
    expect(inside.exit).toEqual({ code: 0, signal: null });
    const failing = await running.execute!({ kind: 'shell', line: 'echo why; exit 4' }, signal);
    expect(failing).toEqual({ exit: { code: 4, signal: null }, said: 'why\n' });
    await running.kill();
    await running.emptied;
  });

  it('that cannot be started leaves nothing, and says why', async (context) => {
    skipIf(context, await ready());
    const asked = request({ script: '' });
    const run = { ...(asked.run as ContainerLaunch), command: ['/no/such/program'] };
    await expect(driver.launch({ ...asked, run })).rejects.toMatchObject({
      code: 'MSVC_LAUNCH_FAILED',
      hint: 'the command is not in the image: correct `command` or `entrypoint`',
    });
    expect((await whatIsThere(PROJECT)).containers).toEqual([]);
  });

  it('for one command leaves nothing either when its edges cannot be opened', async (context) => {
    skipIf(context, await ready());
    const before = network.takeAddress();
    network.giveBack(before);
    const asked = request({ script: 'sleep 600' });
    const made = createOneOff(
      { ...asked, run: { ...(asked.run as ContainerLaunch), oneOff: true } },
      {
        ...partsOf('usual'),
        admit: async () => {
          throw new Error('no edges today');
        },
      },
      new AbortController().signal,
    );
    await expect(made).rejects.toMatchObject({ code: 'MSVC_LAUNCH_FAILED' });
    expect((await whatIsThere(PROJECT)).containers).toEqual([]);
    // Its address is free again, once.
    expect(network.takeAddress()).toBe(before);
    network.giveBack(before);
  });

  it('that fails after it was let in gives its address back once: it may be another one’s by then', async (context) => {
    skipIf(context, await ready());
    const parts = partsOf('usual');
    const asked = request({ script: '' });
    const run = { ...(asked.run as ContainerLaunch), command: ['/no/such/program'] };
    const told: string[] = [];
    const driver = createContainerDriver({
      ...parts,
      admit: async (_service, address) => void told.push(`+ ${address}`),
      dismiss: async (_service, address) => void told.push(`- ${address}`),
    });
    await expect(driver.launch({ ...asked, run })).rejects.toMatchObject({ code: 'MSVC_LAUNCH_FAILED' });
    // The end of what never ran is heard of as well: that is the second time.
    const { running } = await launch(request({ script: 'exit 0' }));
    await running.emptied;
    expect(told).toEqual([expect.stringMatching(/^\+ /), expect.stringMatching(/^- /)]);
  });
});
