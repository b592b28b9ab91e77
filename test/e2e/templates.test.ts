/**
 * One contract for every template of msvc: a service is generated, tested by its own tests, booted by the built msvc and
 * asked over HTTP. What it cannot be tried with here (a language that is not installed) is printed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import type { NewServiceJson } from '../../src/cli/json-contract.ts';
import { builtInTemplates, type TemplateFolder } from '../../src/scaffold/template/find.ts';
import { readTemplate } from '../../src/scaffold/template/read.ts';
import { REPOSITORY } from '../rig/cli.ts';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { answerProblems, documentProblems, type OpenApi } from '../rig/openapi.ts';
import { lacks, skipIf } from '../rig/skip.ts';

/** Answers everything with 200, and under /seen tells the headers of the last call to /healthz. */
const PEER = `
import { createServer } from 'node:http';
let seen = {};
createServer((req, res) => {
  if (req.url === '/healthz' && req.headers.traceparent) seen = req.headers;
  res.setHeader('content-type', 'application/json').end(JSON.stringify(req.url === '/seen' ? seen : {}));
}).listen(process.env.PORT, process.env.HOST);
`;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const BASE = '/api/sample';

/** Why a template cannot be tried on this machine; false = it can. */
const MISSING: Readonly<Record<string, () => string | false>> = {
  container: () => noEngine(),
  go: () => lacks('go') || (goVersion() < 22 && `go 1.22 or newer is not installed here: go 1.${goVersion()}`),
};

function noEngine(): string | false {
  const asked = spawnSync('docker', ['image', 'inspect', 'python:3.13-slim'], { stdio: 'ignore' });
  return asked.status !== 0 && 'no container engine that has python:3.13-slim';
}

function goVersion(): number {
  return Number(/go1\.(\d+)/.exec(execFileSync('go', ['version'], { encoding: 'utf8' }))?.[1] ?? 0);
}

/** What a network would bring, from what is here, where that takes minutes: SQLite's binding is compiled from source. */
const PREPARE: Readonly<Record<string, (rig: Rig, folder: string) => void>> = {
  typescript: (rig, folder) => {
    run(rig, 'npm install --no-audit --no-fund --ignore-scripts', folder);
    const [from, to] = [REPOSITORY, folder].map((root) => path.join(root, 'node_modules/better-sqlite3'));
    const versions = [from, to].map((dir) => JSON.parse(readFileSync(path.join(dir!, 'package.json'), 'utf8')).version);
    if (versions[0] === versions[1]) cpSync(path.join(from!, 'build'), path.join(to!, 'build'), { recursive: true });
    else run(rig, 'npm rebuild better-sqlite3', folder);
  },
};

function run(rig: Rig, command: string, cwd: string): void {
  const done = spawnSync('sh', ['-c', command], { cwd, env: rig.env, encoding: 'utf8', timeout: 300_000 });
  rig.transcript.push(`$ ${command}  -> ${done.signal ?? done.status}\n${done.stdout}${done.stderr}`);
  expect(done.status, `${command}\n${done.stdout}${done.stderr}`).toBe(0);
}

/** A system of a peer and a service of the template, with all that the template can have. */
async function generated(context: TestContext, template: TemplateFolder): Promise<{ rig: Rig; made: NewServiceJson }> {
  const { manifest } = readTemplate(template);
  skipIf(context, MISSING[template.name]?.() ?? lacks(...manifest.requires.map(({ program }) => program)));
  const rig = await createRig(
    {
      'msvc.yaml': 'services:\n  the-peer:\n    command: node peer.mjs\n    port: auto\n',
      'peer.mjs': PEER,
    },
    { TSX_DISABLE_CACHE: '1' },
  );
  try {
    symlinkSync(path.join(REPOSITORY, 'node_modules'), rig.path('node_modules'));
    const flags = [
      ...(manifest.calls ? ['--calls', 'the-peer'] : []),
      ...(manifest.database === 'none' ? [] : ['--database']),
      ...(manifest.listens ? ['--route', BASE] : []),
    ];
    const args = ['new', 'service', 'sample', '--template', template.name, ...flags, '--json'];
    const made = (await rig.ok(args)).json<NewServiceJson>();
    PREPARE[template.name]?.(rig, made.folder);
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
      if (manifest.test !== undefined) run(rig, manifest.test, made.folder);
      await rig.up();
      if (manifest.database !== 'none') await hasItsMigration(rig);
      const isResource = made.files.includes('openapi.json');
      if (isResource) await keepsItsWord(rig, made);
      else if (manifest.listens) expect((await rig.get(`${BASE}/`)).status).toBe(200);
      await rig.ok(['smoke'], { patienceMs: 120_000 });
      await stopsWhenAsked(rig, manifest.listens ? (isResource ? BASE : `${BASE}/`) : undefined);
    } finally {
      expectAllFiles(rig);
    }
  });
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
  expect(document).toEqual(JSON.parse(readFileSync(path.join(made.folder, 'openapi.json'), 'utf8')));
  expect(documentProblems(document)).toEqual([]);

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

/** Within two seconds, under load, and without a request cut off: first as a reload, then for good. */
async function stopsWhenAsked(rig: Rig, page: string | undefined): Promise<void> {
  const events = rig.events();
  const load = page ? await rig.load(page, { good: ({ status }) => status === 200 }) : undefined;
  await load?.more(30);
  await rig.ok(['restart', 'sample', '--timeout', '2s']);
  await load?.more(30);
  expect((await load?.stop())?.failed ?? []).toEqual([]);
  const again = page ? await rig.load(page, { good: ({ status }) => status === 200 || status === 503 }) : undefined;
  await again?.more(30);
  await rig.ok(['stop', 'sample', '--timeout', '2s']);
  expect((await again?.stop())?.failed ?? []).toEqual([]);
  expect(events.of('instance.forced')).toEqual([]);
  for (const { exit } of events.of('instance.exited')) expect(exit).toMatchObject({ code: 0 });
}
