/** The connection to a real container engine and what is owned in it, with a proxy between that says when things happen. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import type { ServiceSpec } from '../../src/model/project.ts';
import type { ContainerRun } from '../../src/model/run.ts';
import { ContainerEngine } from '../../src/runtime/drivers/container/engine.ts';
import { type ImageOptions, Images } from '../../src/runtime/drivers/container/images.ts';
import { ProjectNetwork } from '../../src/runtime/drivers/container/network.ts';
import { networksOf, removeNetworks, removeVolumes } from '../../src/runtime/drivers/container/sweep.ts';
import { IMAGE, lacksEngine, NOTHING, engine as realEngine, whatIsThere } from '../rig/containers.ts';
import { EngineProxy } from '../rig/engine-proxy.ts';
import { skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';

const PROJECT = `owned${process.pid}`;
const OWNER = { project: PROJECT, scope: PROJECT, run: 'this' };
let proxy: EngineProxy;

function connection(): ContainerEngine {
  const endpoint = { name: proxy.host, from: null, socketPath: proxy.socketPath };
  return new ContainerEngine({ endpoint, scope: PROJECT, onLost: () => {}, onRestored: () => {} });
}

beforeEach(async (context: TestContext) => {
  skipIf(context, await lacksEngine());
  proxy = await EngineProxy.open();
});

afterEach(async () => {
  await proxy?.[Symbol.asyncDispose]();
  const docker = realEngine();
  await removeNetworks(docker, await networksOf(docker, PROJECT));
  await removeVolumes(docker, PROJECT, 'all');
  expect(await whatIsThere(PROJECT)).toEqual(NOTHING);
});

function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

describe('the connection', () => {
  it('that is closed while it opens leaves no stream of events behind', async () => {
    const events = gate();
    proxy.intercept = async ({ path }) => {
      if (path === '/events') await events.passed;
      return undefined;
    };
    const engine = connection();
    const connected = engine.connect();
    await eventually('the events to be asked for', () => proxy.asked.some(({ path }) => path === '/events'));
    engine.close();
    events.open();
    await connected;
    await eventually('the stream to be closed', () => proxy.streaming === 0);
  });
});

describe('the network of a project', () => {
  it('moves on from ranges that others are being given at this moment', async () => {
    const refused: string[] = [];
    proxy.intercept = () => undefined;
    const engine = connection();
    await engine.connect();
    proxy.intercept = ({ path }) => {
      if (path !== '/networks/create' || refused.length === 12) return undefined;
      refused.push(path);
      return { status: 403, body: { message: 'Pool overlaps with other one on this address space' } };
    };
    const network = new ProjectNetwork(engine, OWNER);
    await network.open();
    expect(refused).toHaveLength(12);
    expect(network.takeAddress()).not.toBeNull();
    engine.close();
  });

  it('that turns out to be none of this machine gives out no addresses', async () => {
    const engine = connection();
    // A range for documentation: no bridge of this machine has its gateway, and the network is made in thin air.
    proxy.edits = ({ path }) => path === '/info';
    proxy.edit = (_asked, info) => ({
      ...(info as object),
      DefaultAddressPools: [{ Base: '203.0.113.0/24', Size: 28 }],
    });
    await engine.connect();
    proxy.intercept = ({ path }) =>
      path === '/networks/create' ? { status: 201, body: { Id: 'elsewhere', Warning: '' } } : undefined;
    const network = new ProjectNetwork(engine, OWNER);
    await network.open();
    expect(engine.placement).toBe('vm');
    expect(network.takeAddress()).toBeNull();
    engine.close();
  });

  it('and a volume that somebody else uses are told as stuck, with the reason', async () => {
    const docker = realEngine();
    const engine = connection();
    await engine.connect();
    const network = new ProjectNetwork(engine, OWNER);
    await network.open();
    const volume = `${PROJECT}-kept`;
    await docker.createVolume({ Name: volume, Labels: { 'msvc.scope': PROJECT, 'msvc.project': PROJECT } });
    const stranger = await docker.createContainer({
      Image: IMAGE,
      Cmd: ['sleep', '600'],
      HostConfig: { NetworkMode: network.name, Binds: [`${volume}:/data`] },
    });
    await stranger.start();
    try {
      expect(await removeNetworks(docker, await networksOf(docker, PROJECT))).toEqual({
        removed: [],
        stuck: [{ kind: 'network', name: network.name, reason: expect.stringContaining('has active endpoints') }],
      });
      expect(await removeVolumes(docker, PROJECT, 'all')).toEqual({
        removed: [],
        stuck: [{ kind: 'volume', name: volume, reason: expect.stringContaining('in use') }],
      });
    } finally {
      await stranger.remove({ force: true });
      engine.close();
    }
  });
});

describe('images', () => {
  const service = (name: string, policy: 'always' | 'missing') => {
    const run = { kind: 'container', image: { kind: 'pull', name: IMAGE, policy } } as ContainerRun;
    return { spec: { name, run, places: {} } as unknown as ServiceSpec, run };
  };
  const options = (signal = new AbortController().signal): ImageOptions =>
    ({ log: null, cause: undefined, signal }) as unknown as ImageOptions;

  const isLook = ({ path }: { path: string }): boolean => path.startsWith('/images/') && path.endsWith('/json');
  const isPull = ({ path }: { path: string }): boolean => path === '/images/create';

  it('are looked at anew after a pull: a look from before it knows nothing of it', async () => {
    const engine = connection();
    await engine.connect();
    const images = new Images({ engine, owner: OWNER, environment: () => ({}), emit: () => 0 });
    const first = gate();
    let looks = 0;
    proxy.intercept = async (asked) => {
      if (isPull(asked)) return { status: 200, body: { status: 'Pull complete', id: 'a' } };
      if (!isLook(asked) || ++looks > 1) return undefined;
      await first.passed;
      return { status: 404, body: { message: `No such image: ${IMAGE}` } };
    };
    const early = service('early', 'missing');
    const late = service('late', 'always');
    const before = images.prepare(early.spec, early.run, options());
    await eventually('the first look', () => looks === 1);
    const after = images.prepare(late.spec, late.run, options());
    await eventually('a look of its own', () => looks === 2);
    first.open();
    expect(await after).toMatchObject({ name: IMAGE });
    expect(await before).toMatchObject({ name: IMAGE });
    engine.close();
  });

  it('a pull whose first asker has gone is begun again for the others', async () => {
    const engine = connection();
    await engine.connect();
    const images = new Images({ engine, owner: OWNER, environment: () => ({}), emit: () => 0 });
    const held = gate();
    let pulls = 0;
    proxy.intercept = async (asked) => {
      if (!isPull(asked)) return undefined;
      if (++pulls === 1) await held.passed;
      return { status: 200, body: { status: 'Pull complete', id: 'a' } };
    };
    const gone = new AbortController();
    const one = service('one', 'always');
    const other = service('other', 'always');
    const first = images.prepare(one.spec, one.run, options(gone.signal));
    await eventually('the pull', () => pulls === 1);
    const second = images.prepare(other.spec, other.run, options());
    await turn();
    gone.abort();
    await expect(first).rejects.toThrow();
    expect(await second).toMatchObject({ name: IMAGE });
    expect(pulls).toBe(2);
    held.open();
    engine.close();
  });
});
