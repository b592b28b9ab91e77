/**
 * One contract for every template of msvc: a service is generated, tested by its own tests, booted by the built msvc and
 * asked over HTTP. What it cannot be tried with here (a language that is not installed) is printed.
 */
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, type TestContext, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { NewServiceJson } from '../../src/cli/json-contract.ts';
import { builtInTemplates, type TemplateFolder } from '../../src/scaffold/template/find.ts';
import { readTemplate } from '../../src/scaffold/template/read.ts';
import { lacksBase, removeBases } from '../rig/base-images.ts';
import { REPOSITORY } from '../rig/cli.ts';
import { ENGINE_ENVIRONMENT, newProject, whatIsThere } from '../rig/containers.ts';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { answerProblems, documentProblems, type OpenApi, operations } from '../rig/openapi.ts';
import { lacks, skipIf } from '../rig/skip.ts';
import { run, STANDS } from '../rig/template-stand.ts';

/** Answers everything with 200, and under /seen tells the headers of the last call to /healthz. */
const PEER = `
import { createServer } from 'node:http';
let seen = {};
createServer((req, res) => {
  if (req.url === '/healthz' && req.headers.traceparent) seen = req.headers;
  res.setHeader('content-type', 'application/json').end(JSON.stringify(req.url === '/seen' ? seen : {}));
}).listen(process.env.PORT, process.env.HOST);
`;
const PEERS = 'services:\n  the-peer:\n    command: node peer.mjs\n    port: auto\n';
const ENVIRONMENT = { TSX_DISABLE_CACHE: '1', ...ENGINE_ENVIRONMENT };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const BASE = '/api/sample';

/**
 * A system of a peer and two services of the template: `sample` with all that it can have, `plain` at the root with as
 * little as it can have.
 */
async function generated(
  context: TestContext,
  template: TemplateFolder,
): Promise<{ rig: Rig; made: NewServiceJson[] }> {
  const { manifest } = readTemplate(template);
  const stand = STANDS[template.name] ?? {};
  const programs = (): string | false => lacks(...manifest.requires.map(({ program }) => program));
  skipIf(context, await (stand.missing ?? programs)());
  const rig = await createRig(
    {
      'msvc.yaml': `name: ${newProject('templates')}\n${PEERS}`,
      'peer.mjs': PEER,
    },
    { ...ENVIRONMENT, ...stand.env?.() },
  );
  try {
    symlinkSync(path.join(REPOSITORY, 'node_modules'), rig.path('node_modules'));
    stand.prepare?.(rig);
    const sample = [
      ...(manifest.calls ? ['--calls', 'the-peer'] : []),
      ...(manifest.database === 'none' ? [] : ['--database']),
      ...(manifest.listens ? ['--route', BASE] : []),
    ];
    const plain = [
      ...(manifest.database === 'none' ? [] : ['--no-database']),
      ...(manifest.listens ? ['--route', '/'] : []),
    ];
    const made: NewServiceJson[] = [];
    for (const [name, flags] of [['sample', sample] as const, ['plain', plain] as const]) {
      const args = ['new', 'service', name, '--template', template.name, ...flags, '--json'];
      const one = (await rig.ok(args)).json<NewServiceJson>();
      stand.fetch?.(rig, one.folder);
      made.push(one);
    }
    return { rig, made };
  } catch (error) {
    await rig[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}

/** What a service's own tools leave in its folder is its own business. */
function expectAllFiles(rig: Rig): void {
  for (const file of rig.strays()) rig.expectFile(file);
}

for (const template of builtInTemplates()) {
  const { manifest } = readTemplate(template);

  test(`${template.name}: what it makes works`, { timeout: 600_000 }, async (context) => {
    const { rig, made } = await generated(context, template);
    await using _ = rig;
    try {
      for (const { folder } of made) if (manifest.test !== undefined) run(rig, manifest.test, folder);
      await rig.up();
      if (manifest.database !== 'none') await hasItsMigration(rig);
      const isResource = made[0]!.files.some(isOfResource);
      if (isResource) await keepsItsWord(rig, made[0]!);
      else if (manifest.listens) expect((await rig.get(`${BASE}/`)).status).toBe(200);
      if (manifest.listens) expect((await rig.get('/')).status).toBe(200);
      await rig.ok(['smoke'], { patienceMs: 120_000 });
      await stopsWhenAsked(rig, manifest.listens ? (isResource ? BASE : `${BASE}/`) : undefined);
      await rig.ok(['down', '-v']);
    } finally {
      expectAllFiles(rig);
    }
  });
}

/** A file that only templates of a resource have. */
function isOfResource(file: string): boolean {
  return /^(src\/)?app\./.test(file);
}

afterAll(() => removeBases(new RegExp(`^templates${process.pid}x`)));

for (const template of builtInTemplates()) {
  const dockerfile = template.name === 'container' ? undefined : fileOf(template, 'Dockerfile');
  if (dockerfile === undefined) continue;

  test(`${template.name}: its image works`, { timeout: 600_000 }, async (context) => {
    const { manifest } = readTemplate(template);
    for (const [, base] of dockerfile.matchAll(/^FROM (\S+:\S+)/gm)) skipIf(context, await lacksBase(base as string));
    skipIf(context, /npm install/.test(dockerfile) && 'its build needs a registry of packages');
    // What the stand-in for Node, and that for Go, have nothing for.
    const database = manifest.database !== 'none' && !['javascript', 'worker', 'go'].includes(template.name);
    const name = newProject('templates');
    await using rig = await createRig({ 'msvc.yaml': `name: ${name}\n${PEERS}`, 'peer.mjs': PEER }, ENVIRONMENT);
    try {
      const flags = [
        ...(manifest.calls ? ['--calls', 'the-peer'] : []),
        ...(manifest.database === 'none' ? [] : [database ? '--database' : '--no-database']),
        ...(manifest.listens ? ['--route', BASE] : []),
      ];
      await rig.ok(['new', 'service', 'sample', '--template', template.name, ...flags]);
      runsItsImage(rig, database);
      await rig.ok(['up', '-d', '--wait'], { patienceMs: 400_000 });
      await rig.ok(['smoke'], { patienceMs: 120_000 });
      if (manifest.listens) {
        const isResource = readTemplate(template).files.some(({ name }) => isOfResource(name));
        const reply = await rig.get(isResource ? BASE : `${BASE}/`);
        expect([reply.status, reply.headers['x-msvc-replica']]).toEqual([200, 'sample.1']);
      }
      await rig.ok(['stop', 'sample', '--timeout', '2s']);
      await rig.ok(['down', '-v']);
      expect(await whatIsThere(name)).toEqual({ containers: [], networks: [], volumes: [], tags: [] });
    } finally {
      expectAllFiles(rig);
    }
  });
}

/** The same entry; what runs is its image. */
function runsItsImage(rig: Rig, database: boolean): void {
  const definition = parse(rig.read('msvc.yaml')) as { services: Record<string, Record<string, unknown>> };
  const { command, working_dir, pre_start, develop, ...kept } = definition.services.sample!;
  const migrations = 'services/sample/migrations';
  definition.services.sample = { build: 'services/sample', ...kept, ...(database && { database: { migrations } }) };
  rig.write('msvc.yaml', stringify(definition));
}

function fileOf(template: TemplateFolder, wanted: string): string | undefined {
  return readTemplate(template)
    .files.find(({ name }) => name === wanted)
    ?.content.toString('utf8');
}

async function hasItsMigration(rig: Rig): Promise<void> {
  const applied = await rig.ok([
    'db',
    'query',
    'sample',
    "SELECT count(*) AS n FROM msvc_migrations WHERE name LIKE '001%'",
    '--json',
  ]);
  expect(applied.json()).toEqual([{ n: 1 }]);
}

async function keepsItsWord(rig: Rig, made: NewServiceJson): Promise<void> {
  const served = await rig.get(`${BASE}/openapi.json`);
  const document = served.json<OpenApi>();
  // One that the service has as a file, or writes itself.
  expect((await rig.ok(['openapi', 'sample'])).json()).toEqual(document);
  expect(documentProblems(document)).toEqual([]);
  if (made.files.includes('openapi.json')) expect(document.openapi).toBe('3.1.0');
  // One that writes it itself promises what the others have as a file.
  else expect(operations(document)).toEqual(operations(await documentOfOthers()));

  const ask = async (method: string, at: string, target: string, body?: string) => {
    const headers = {
      traceparent: `00-${TRACE}-${PARENT}-01`,
      'x-request-id': 'request-1',
      ...(body && { 'content-type': 'application/json' }),
    };
    const reply = await rig.get(target, { method, headers, ...(body !== undefined && { body }) });
    const answer = {
      method,
      path: at,
      status: reply.status,
      contentType: reply.headers['content-type'],
      body: reply.body,
    };
    if (reply.status !== 405 && at !== '') expect(answerProblems(document, answer)).toEqual([]);
    if (reply.status >= 400) expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(reply.headers['x-request-id']).toBe('request-1');
    return reply;
  };
  expect((await ask('GET', BASE, BASE)).json()).toEqual({ items: [] });
  const item = await ask('POST', BASE, BASE, '{"name": "Teapot", "quantity": 2}');
  expect(item.status).toBe(201);
  const where = item.headers.location as string;
  expect((await ask('GET', `${BASE}/{id}`, where)).json()).toEqual(item.json());
  expect((await ask('GET', BASE, `${BASE}?limit=1`)).json()).toEqual({ items: [item.json()] });
  expect((await ask('DELETE', `${BASE}/{id}`, where)).status).toBe(204);
  expect((await ask('GET', `${BASE}/{id}`, where)).status).toBe(404);
  const invalid = await ask('POST', BASE, BASE, '{"name": 1, "quantity": "2"}');
  expect(invalid.status).toBe(422);
  expect(invalid.json<{ errors: { field: string }[] }>().errors.map(({ field }) => field)).toEqual([
    'name',
    'quantity',
  ]);
  expect((await ask('POST', BASE, BASE, '{')).status).toBe(400);
  expect((await ask('PATCH', BASE, BASE)).status).toBe(405);
  expect((await ask('GET', '', `${BASE}/no/such/thing`)).status).toBe(404);

  expect((await ask('GET', `${BASE}/peers`, `${BASE}/peers`)).json()).toEqual({ 'the-peer': { status: 200 } });
  const peer = (await rig.ps()).find(({ service }) => service === 'the-peer');
  const seen = (await rig.get(new URL('/seen', peer?.url ?? '').href)).json<Record<string, string>>();
  expect(seen.traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!${PARENT})[0-9a-f]{16}-01$`));
  expect(seen['x-request-id']).toBe('request-1');

  // One JSON object a line, and the ids in it.
  const lines = (await rig.logs('sample'))
    .filter(({ line }) => line.startsWith('{'))
    .map(({ line }) => JSON.parse(line));
  expect(lines.find(({ status }) => status === 422)).toMatchObject({
    level: 'info',
    requestId: 'request-1',
    traceId: TRACE,
  });
}

async function documentOfOthers(): Promise<OpenApi> {
  await using rig = await createRig({ 'msvc.yaml': PEERS });
  const flags = ['--calls', 'the-peer', '--database', '--route', BASE];
  const one = await rig.ok(['new', 'service', 'sample', '--template', 'javascript', ...flags, '--json']);
  expectAllFiles(rig);
  return JSON.parse(rig.read(path.relative(rig.dir, path.join(one.json<NewServiceJson>().folder, 'openapi.json'))));
}

/** By itself, under load, and without a request cut off: first as a reload, then for good. */
async function stopsWhenAsked(rig: Rig, page: string | undefined): Promise<void> {
  const events = rig.events();
  const load = page ? await rig.load(page, { good: ({ status }) => status === 200 }) : undefined;
  await load?.more(30);
  await rig.ok(['restart', 'sample', '--timeout', '20s']);
  await load?.more(30);
  expect((await load?.stop())?.failed ?? []).toEqual([]);
  const again = page ? await rig.load(page, { good: ({ status }) => status === 200 || status === 503 }) : undefined;
  await again?.more(30);
  await rig.ok(['stop', 'sample', '--timeout', '20s']);
  expect((await again?.stop())?.failed ?? []).toEqual([]);
  expect(events.of('instance.forced')).toEqual([]);
  for (const { exit } of events.of('instance.exited')) expect(exit).toMatchObject({ code: 0 });
}
