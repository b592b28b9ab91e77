/** Containers as equals of processes, on a real engine: the example system, the faults it survives, what it leaves. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import type { EdgeJson, PsJson } from '../../src/cli/json-contract.ts';
import { REPOSITORY } from '../rig/cli.ts';
import { ENGINE_ENVIRONMENT, engine, IMAGE, lacksEngine, NOTHING, newProject, whatIsThere } from '../rig/containers.ts';
import { EngineProxy } from '../rig/engine-proxy.ts';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';

const ENVIRONMENT = {
  BASE: IMAGE,
  ...ENGINE_ENVIRONMENT,
};

async function example(context: TestContext): Promise<{ rig: Rig; name: string }> {
  skipIf(context, await lacksEngine());
  const name = newProject('e2e');
  const from = path.join(REPOSITORY, 'examples/containers');
  const listed = execFileSync('git', ['ls-files', '-z', '--', '.'], { cwd: from, encoding: 'utf8' }).split('\0');
  const files = Object.fromEntries(
    listed.filter((file) => file !== '').map((file) => [file, readFileSync(path.join(from, file), 'utf8')]),
  );
  files['msvc.yaml'] = files['msvc.yaml']!.replace('name: mixed', `name: ${name}`);
  const rig = await createRig(files, ENVIRONMENT);
  for (const file of Object.keys(files).filter((one) => one.includes('cgi-bin'))) chmodSync(rig.path(file), 0o755);
  return { rig, name };
}

async function killEngine(rig: Rig): Promise<void> {
  const pid = (await rig.engine())?.enginePid as number;
  process.kill(pid, 'SIGKILL');
  await eventually('the engine to be gone', () => rig.processes().every((one) => one.pid !== pid));
}

async function containerOf(project: string, service: string): Promise<string> {
  const label = [`msvc.project=${project}`, `msvc.service=${service}`];
  const [found] = await engine().listContainers({ filters: JSON.stringify({ label }) as never });
  return found!.Id;
}

test('the example: calls in all four directions, faults from outside, and nothing left behind', async (context) => {
  const { rig: made, name } = await example(context);
  await using rig = made;
  await rig.up();
  const post = await rig.get('/report', { method: 'POST', body: 'tea' });
  expect(post.json()).toMatchObject({
    item: 'tea',
    price: '42',
    page: expect.stringMatching(/^replica [12]: tea costs 42$/),
  });

  // Each call was counted as its caller's, in all four directions.
  const edges = JSON.parse((await rig.ok(['edges', '--json'])).stdout) as EdgeJson[];
  const called = edges.filter(({ total }) => total.requests > 0).map(({ caller, callee }) => `${caller}->${callee}`);
  for (const edge of ['report->web', 'report->store', 'report->prices', 'web->store', 'web->prices']) {
    expect(called).toContain(edge);
  }
  const replicas = JSON.parse((await rig.ok(['ps', '--json'])).stdout) as PsJson[];
  for (const { url } of replicas)
    expect((await fetch(`${url}/`, { signal: AbortSignal.timeout(5_000) })).status).toBeGreaterThan(0);

  const measured = JSON.parse((await rig.ok(['ps', '--stats', '--json'])).stdout) as PsJson[];
  expect(measured).toHaveLength(5);
  for (const { cpu, memoryBytes } of measured) {
    expect(cpu).toBeGreaterThanOrEqual(0);
    expect(memoryBytes).toBeGreaterThan(10_000);
  }

  const load = await rig.load('/cgi-bin/page', { perSecond: 20, clients: 2 });
  const events = rig.events();
  const docker = engine();
  await load.more(5);
  await docker.getContainer(await containerOf(name, 'web')).pause();
  const paused = await events.until('instance.paused', { service: 'web' });
  await load.more(5);
  const [frozen] = await docker.listContainers({
    filters: JSON.stringify({ label: [`msvc.project=${name}`], status: ['paused'] }) as never,
  });
  await docker.getContainer(frozen!.Id).unpause();
  await events.until('instance.resumed', { service: 'web' }, paused.seq);
  await load.stop();

  await docker.getContainer(await containerOf(name, 'store')).remove({ force: true });
  const ended = await events.until('instance.exited', { service: 'store' });
  await events.until('instance.ready', { service: 'store' }, ended.seq);
  // Its volume outlived it.
  expect((await rig.get('/report')).json()).toMatchObject({ item: 'tea' });

  const inside = await rig.ok(['exec', 'web', 'sh', '-c', 'echo $MSVC_SERVICE']);
  expect(inside.stdout.trim()).toBe('web');
  await rig.ok(['down']);
  expect(await whatIsThere(name)).toEqual({ ...NOTHING, volumes: [`${name}_store_data`] });
  await rig.ok(['down', '-v']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('kill -9 of the engine of msvc: the next `up` removes what it left, and only that', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('e2e');
  await using rig = await createRig(
    { 'msvc.yaml': `name: ${name}\nservices: { idle: { image: "${IMAGE}", command: [sleep, "600"], init: true } }\n` },
    ENVIRONMENT,
  );
  // One with a name like ours, and one of the project of that name in another folder.
  const strangers = await Promise.all([
    engine().createContainer({ name: `${name}-idle-1-1-other`, Image: IMAGE, Cmd: ['sleep', '600'] }),
    engine().createContainer({
      name: `${name}-idle-1-1-abcdef`,
      Image: IMAGE,
      Cmd: ['sleep', '600'],
      Labels: { 'other.project': name, 'msvc.scope': 'abcdef0123', 'msvc.run': 'gone' },
    }),
  ]);
  try {
    await rig.up();
    const before = await containerOf(name, 'idle');
    await killEngine(rig);
    expect((await whatIsThere(name)).containers).toHaveLength(1);
    await rig.up();
    expect(await containerOf(name, 'idle')).not.toBe(before);
    expect((await whatIsThere(name)).containers).toHaveLength(1);
    await rig.ok(['down']);
    expect(await whatIsThere(name)).toEqual(NOTHING);
    for (const stranger of strangers) expect((await stranger.inspect()).State.Status).toBe('created');
  } finally {
    await Promise.all(strangers.map((stranger) => stranger.remove({ force: true })));
  }
});

test('what ends the leftovers of a killed engine spares the one that begins meanwhile', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('e2e');
  await using proxy = await EngineProxy.open();
  await using rig = await createRig(
    { 'msvc.yaml': `name: ${name}\nservices: { idle: { image: "${IMAGE}", command: [sleep, "600"], init: true } }\n` },
    { ...ENVIRONMENT, DOCKER_HOST: proxy.host },
  );
  await rig.up();
  await killEngine(rig);
  // Its list of containers is made only when the next engine has its own.
  let makeList = (): void => {};
  const mayList = new Promise<undefined>((resolve) => {
    makeList = () => resolve(undefined);
  });
  let isHeld = false;
  proxy.intercept = ({ path: asked }) => {
    if (isHeld || !asked.endsWith('/containers/json')) return undefined;
    isHeld = true;
    return mayList;
  };
  const down = rig.start(['down']);
  await eventually('the leftovers to be looked for', () => isHeld);
  await rig.up();
  const begun = await containerOf(name, 'idle');
  makeList();
  expect((await down.exited).code).toBe(0);
  expect(await containerOf(name, 'idle')).toBe(begun);
  expect((await whatIsThere(name)).networks).toHaveLength(1);
  // What it leaves in its turn is still found.
  await killEngine(rig);
  await rig.ok(['down']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('a service moves from a process to a container and back with no failed request', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('e2e');
  const definition = (run: string) => `name: ${name}\nservices:\n  web:\n    ${run}\n    route: /\n    port: auto\n`;
  const process_ = definition('command: busybox httpd -f -p $PORT -h www');
  const container = definition(
    `image: "${IMAGE}"\n    command: [sh, -c, "echo in > /www/index.html; exec httpd -f -p $$PORT -h /www"]\n    init: true`,
  );
  await using rig = await createRig({ 'msvc.yaml': process_, 'www/index.html': 'out\n' }, ENVIRONMENT);
  await rig.up();
  expect((await rig.get('/index.html')).body).toBe('out\n');
  const load = await rig.load('/index.html', { perSecond: 100, clients: 4 });
  await load.more(20);
  rig.write('msvc.yaml', container);
  await rig.up();
  expect((await rig.get('/index.html')).body).toBe('in\n');
  await load.more(20);
  rig.write('msvc.yaml', process_);
  await rig.up();
  await load.more(20);
  expect((await load.stop()).failed).toEqual([]);
  expect((await whatIsThere(name)).containers).toEqual([]);
});

test('the database of a container: its folder inside, migrated, in WAL, its files the user’s who runs there', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('e2e');
  await using rig = await createRig(
    {
      'msvc.yaml': `
name: ${name}
services:
  web:
    image: "${IMAGE}"
    command: [sh, -c, "exec sleep 600"]
    init: true
    port: none
    user: web
    database: { migrations: migrations }
`,
      'migrations/001_items.sql': "CREATE TABLE items (name TEXT);\nINSERT INTO items VALUES ('tea');\n",
    },
    ENVIRONMENT,
  );
  await rig.up();
  // Of a file in WAL, bytes 18 and 19 are 2: https://www.sqlite.org/fileformat.html
  const looked = await rig.ok([
    'exec',
    'web',
    'sh',
    '-c',
    'id -u; ls -n $DATABASE_PATH | busybox awk "{ print \\$3 }"; busybox od -An -tx1 -j18 -N2 $DATABASE_PATH; touch $DATABASE_PATH-wal && echo may write',
  ]);
  expect(looked.stdout.replace(/ +/g, ' ')).toBe('1234\n1234\n 02 02\nmay write\n');
  expect((await rig.ok(['db', 'query', 'web', 'SELECT name FROM items'])).stdout).toContain('tea');
  await rig.ok(['down', '-v']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('what somebody else uses is told, not forgotten: `down` asks again until it goes', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('e2e');
  await using rig = await createRig(
    {
      'msvc.yaml': `
name: ${name}
services: { idle: { image: "${IMAGE}", command: [sleep, "600"], init: true, port: none, volumes: ["kept:/data"] } }
volumes: { kept: }
`,
    },
    ENVIRONMENT,
  );
  await rig.up();
  const { networks, volumes } = await whatIsThere(name);
  const stranger = await engine().createContainer({
    Image: IMAGE,
    Cmd: ['sleep', '600'],
    HostConfig: { NetworkMode: networks[0]!, Binds: [`${volumes[0]}:/data`] },
  });
  try {
    await stranger.start();
    const down = await rig.ok(['down', '-v']);
    expect(down.stderr).toContain(`does not remove network ${networks[0]} and volume ${volumes[0]}`);
    expect((await rig.ok(['down', '-v'])).stderr).toContain(`does not remove network ${networks[0]}`);
    expect(await whatIsThere(name)).toEqual({ ...NOTHING, networks, volumes });
  } finally {
    await stranger.remove({ force: true });
  }
  expect((await rig.ok(['down', '-v'])).stderr).not.toContain('does not remove');
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('a stop asks the engine two things a container, however long it takes, and five for the rest', async (context) => {
  skipIf(context, await lacksEngine());
  await using proxy = await EngineProxy.open();
  const name = newProject('e2e');
  const slow = 'trap "sleep 2; exit" TERM; while :; do sleep 0.05; done';
  await using rig = await createRig(
    {
      'msvc.yaml': `name: ${name}\nservices: { web: { image: "${IMAGE}", command: [sh, -c, '${slow}'], port: none, replicas: 4 } }\n`,
    },
    { DOCKER_HOST: proxy.host },
  );
  await rig.up();
  proxy.asked.length = 0;
  // Who holds it up is told all the same, as this machine sees it.
  expect((await rig.ok(['down'])).stderr).toMatch(/web\.1 +still stopping: process \d+ \(sh -c trap/);
  const counts: Record<string, number> = {};
  for (const { method, path: asked } of proxy.asked) {
    const what = `${method} ${asked.replace(/[0-9a-f]{64}/, ':id')}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  expect(counts).toEqual({
    'POST /containers/:id/kill': 4,
    'DELETE /containers/:id': 4,
    'GET /containers/json': 1,
    'GET /networks': 1,
    'GET /volumes': 1,
    'GET /images/json': 1,
    'DELETE /networks/:id': 1,
  });
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('an engine in a VM, by what it says of itself: reached by a port of 127.0.0.1, and by a free one for each', async (context) => {
  skipIf(context, await lacksEngine());
  await using proxy = await EngineProxy.open();
  proxy.edits = ({ path: asked }) => asked === '/info';
  proxy.edit = (_asked, info) => ({ ...(info as object), OperatingSystem: 'Docker Desktop' });
  const name = newProject('e2e');
  await using rig = await createRig(
    {
      'msvc.yaml': `name: ${name}\nservices: { web: { image: "${IMAGE}", command: [sh, -c, 'echo in > /www/index.html; exec httpd -f -p 8080 -h /www'], init: true, port: 8080, replicas: 2, route: / } }\n`,
    },
    { DOCKER_HOST: proxy.host },
  );
  await rig.up();
  expect((await rig.get('/index.html')).body).toBe('in\n');
  const urls = (await rig.ps()).map(({ url }) => url ?? '');
  expect(new Set(urls).size).toBe(2);
  for (const url of urls) {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await (await fetch(`${url}/index.html`)).text()).toBe('in\n');
  }
  expect((await rig.ok(['exec', 'web', 'cat', '/etc/hosts'])).stdout).toContain('host.docker.internal');
  await rig.ok(['down']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('without containers the engine is never asked', async () => {
  await using rig = await createRig(
    { 'msvc.yaml': 'services: { web: { command: [node, "$PUPPET"], route: / } }\n' },
    { DOCKER_HOST: 'unix:///nowhere/docker.sock' },
  );
  await rig.up();
  expect((await rig.get('/')).status).toBe(200);
});
