/** `msvc smoke`: an honest exit code, a report of what failed, and nothing left running however it ends. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { SmokeJson } from '../../src/cli/json-contract.ts';
import { REPOSITORY } from '../rig/cli.ts';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { lacks } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';

/** As CI services read it. */
const SCHEMA = path.join(REPOSITORY, 'test/golden/smoke/junit.xsd');

/** Counts in its database how often it was asked; says so, and the token it was given. */
const SERVER = `
import http from 'node:http';
import { execFileSync } from 'node:child_process';
let n = 0;
const server = http.createServer((req, res) => {
  if (req.url === '/hang') return;
  console.log('asked for ' + req.url);
  const status = Number(/status=(\\d+)/.exec(req.url)?.[1] ?? 200);
  res.writeHead(status, { 'content-type': 'application/json', 'x-n': String(++n) });
  res.end(JSON.stringify({ n, url: req.url, token: process.env.TOKEN, host: req.headers.host }));
}).listen(process.env.PORT);
process.on('SIGTERM', () => server.close());
`;

const system = (smoke: string, extra = ''): Record<string, string> => ({
  'server.mjs': SERVER,
  'msvc.yaml': `
name: sut
gateway: { port: auto }
services:
  web: { command: node server.mjs, route: /, environment: { TOKEN: "\${TOKEN:-none}" }, calls: [api] }
  api: { command: node server.mjs, port: auto, database: { migrations: migrations } }
${extra}
smoke:
${smoke}`,
  'migrations/1_notes.sql': "CREATE TABLE notes (text TEXT) STRICT;\nINSERT INTO notes VALUES ('hello');\n",
});

const PASSING = `
  - { name: it answers, request: /a, expect: { json: { url: /a } }, capture: { n: $.n, x: { header: x-n } } }
  - { name: what was captured, request: "/b?n={{n}}", expect: { json: { url: "/b?n={{n}}" } } }
  - { name: a service without a route, service: api, request: /c, capture: { path: $.url }, expect: { jsonpath: { $.host: { matches: "^api\\\\.localhost" } } } }
  - { name: its data, query: { service: api, sql: SELECT text FROM notes }, expect: { json: [{ text: hello }] } }
  - { name: its log, log: { service: api, contains: "asked for {{path}}" } }
  - { name: another runner, run: 'test -n "$GATEWAY_URL" && echo fine', expect: { body: fine } }
  - { name: it is restarted meanwhile, during: restart web, request: /d }
  - { name: it is killed meanwhile, during: kill api, service: api, request: /e }
  - { name: it is stopped before, during: stop api, service: api, request: /f, expect: { status: 503 } }
  - { name: it is late, with_fault: { edge: client->web, delay: 40ms }, request: /g, expect: { latency: 10ms } }
`;

const engines = async (rig: Rig): Promise<number> => JSON.parse((await rig.ok(['ls', '--json'])).stdout).length;

test('all pass: exit 0; a running system is used and left as it was; otherwise nothing is left', async () => {
  await using rig = await createRig(system(PASSING));
  rig.expectFile('out/smoke.xml');
  const alone = await rig.ok(['smoke', '--junit', 'out/smoke.xml', '--json', '--repeat', '2', '--shuffle']);
  const result = alone.json<SmokeJson>();
  expect(result).toMatchObject({ passed: 20, failed: 0, errors: 0, skipped: 0, report: null });
  expect(result.checks.find(({ name }) => name === 'it is restarted meanwhile')?.attempts).toBeGreaterThan(1);
  expect(result.checks.find(({ name }) => name === 'it is late')?.slow?.actualMs).toBeGreaterThanOrEqual(40);
  expect(rig.read('out/smoke.xml')).toContain('tests="20" failures="0" errors="0"');
  expect(rig.leftovers()).toEqual([]);

  await rig.up();
  const before = await rig.engine();
  await rig.ok(['smoke', '--only', 'captured']);
  expect(await rig.engine()).toMatchObject({ enginePid: before?.enginePid });
});

test('a failure, an error and what depends on them: exit 1, the few lines that matter, a report without secrets', async () => {
  await using rig = await createRig(
    system(
      `
  - { name: wrong status, request: "/x?status=500", capture: { id: $.id } }
  - { name: needs it, request: "/{{id}}" }
  - { name: nobody there, request: "http://127.0.0.1:1/" }
  - { name: no end, request: /hang, timeout: 50ms }
  - { name: a part, request: /y, expect: { json: { n: 99, more: true } } }
  - { name: fine, request: /z }
`,
      'secrets: { token: { environment: TOKEN } }',
    ),
    { TOKEN: 'very-secret-token', GITHUB_ACTIONS: 'true' },
  );
  rig.expectFile('failed.xml');
  const done = await rig.msvc(['smoke', '--json', '--junit', 'failed.xml']);
  expect(done.code).toBe(1);
  const { checks, report } = done.json<SmokeJson>();
  const states = Object.fromEntries(checks.map(({ name, state }) => [name, state]));
  expect(states).toEqual({
    'wrong status': 'failed',
    'needs it': 'skipped',
    'nobody there': 'error',
    'no end': 'error',
    'a part': 'failed',
    fine: 'passed',
  });
  expect(done.stderr).toContain('::error file=msvc.yaml,line=10,');
  const junit = rig.read('failed.xml');
  expect(junit).toMatch(/<testsuite [^>]*tests="6" failures="2" errors="2" [^>]*skipped="1"/);
  expect(junit).toMatch(/name="no end"[^>]*>\s*<error message="timed out: [^"]*" type="timeout">/);
  if (!lacks('xmllint'))
    execFileSync('xmllint', ['--noout', '--schema', SCHEMA, rig.path('failed.xml')], { stdio: 'pipe' });
  const files = readdirSync(report as string, { recursive: true, encoding: 'utf8' });
  for (const file of ['config.yaml', 'events.jsonl', 'edges.json', 'versions.json', 'junit.xml', 'logs/web.log']) {
    expect(files).toContain(file);
  }
  const texts = files
    .map((file) => path.join(report as string, file))
    .filter((file) => existsSync(file) && !readdirSafe(file))
    .map((file) => readFileSync(file, 'utf8'));
  expect(texts.join('\n')).toContain('wrong status');
  expect(texts.join('\n')).not.toContain('very-secret-token');
  expect(done.stdout + done.stderr).not.toContain('very-secret-token');

  const bailed = await rig.msvc(['smoke', '--bail']);
  expect(bailed.code).toBe(1);
  expect(bailed.stdout).toContain('6 checks: 0 passed, 1 failed, 5 skipped');
  expect(bailed.stdout).toMatch(/status is 500, expected 100-399\n\s+answer: 500 Internal Server Error: /);
});

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'api', version: '1' },
  paths: {
    '/items': {
      get: {
        responses: {
          200: {
            description: 'ok',
            content: { 'application/json': { schema: { required: ['n'], properties: { n: { type: 'integer' } } } } },
          },
        },
      },
    },
    '/wrong': {
      get: {
        responses: {
          200: {
            description: 'ok',
            content: { 'application/json': { schema: { required: ['gone'], properties: { n: { type: 'string' } } } } },
          },
        },
      },
    },
  },
};

test('each thing that can be expected: it is seen when it holds, and when it does not', async () => {
  const files = system(`
  setup:
    - { name: before, request: /before, capture: { first: $.n } }
  checks:
    - { name: in the end, request: "/end?first={{first}}", retry: { timeout: 20s, interval: 10ms }, expect: { jsonpath: { $.n: { gte: 6 } } } }
    - { name: never, request: /never, retry: { timeout: 200ms, interval: 50ms }, expect: { jsonpath: { $.n: { lt: 0 } } } }
    - { name: too late, with_fault: { edge: client->web, delay: 40ms }, request: /late, expect: { latency: { max: 10ms, fail: true } } }
    - parallel:
        - { name: a schema, request: /schema, expect: { schema: { required: [n], properties: { n: { type: integer } } } } }
        - { name: not that schema, request: /schema, expect: { schema: { properties: { n: { type: string } } } } }
    - { name: its document, service: api, request: /items, expect: { openapi: { service: api, document: openapi.json } } }
    - { name: not its document, service: api, request: /wrong, expect: { openapi: { service: api, document: openapi.json } } }
    - { name: as the service, service: api, run: 'test -f "$DATABASE_PATH" && test "$PORT" = "" -o -n "$GATEWAY_URL"' }
    - { name: not that exit, run: 'echo words; exit 3', expect: { exit: 4, body: { contains: nothing } } }
    - { name: said by nobody, log: { service: api, contains: no such words }, retry: 100ms }
    - { name: not said, log: { service: api, contains: no such words, absent: true } }
    - { name: refused, query: { service: api, sql: "INSERT INTO notes VALUES ('x')" } }
  teardown:
    - { name: after, request: /after }
`);
  await using rig = await createRig({ ...files, 'openapi.json': JSON.stringify(DOCUMENT) });
  const done = await rig.msvc(['smoke', '--json']);
  expect(done.code).toBe(1);
  const { checks } = done.json<SmokeJson>();
  expect(checks.map(({ name, state }) => `${state} ${name}`).sort()).toEqual(
    [
      'passed before',
      'passed in the end',
      'failed never',
      'failed too late',
      'passed a schema',
      'failed not that schema',
      'passed its document',
      'failed not its document',
      'passed as the service',
      'failed not that exit',
      'failed said by nobody',
      'passed not said',
      'error refused',
      'passed after',
    ].sort(),
  );
  const reasons = Object.fromEntries(checks.map((check) => [check.name, check.reasons.join('\n')]));
  expect(checks.find(({ name }) => name === 'never')?.attempts).toBeGreaterThan(1);
  expect(reasons['too late']).toMatch(/^took \d+ ms, expected at most 10 ms/);
  expect(reasons['not that schema']).toContain('$.n');
  expect(reasons['not its document']).toContain('gone');
  expect(reasons['not that exit']).toMatch(/exit code is 3, expected 4/);

  // A setup that fails: nothing is checked, what it began is still cleared away.
  rig.write('msvc.yaml', rig.read('msvc.yaml').replace('request: /before', 'request: "/before?status=500"'));
  const unprepared = await rig.msvc(['smoke', '--json']);
  expect(unprepared.code).toBe(1);
  const states = unprepared.json<SmokeJson>().checks.map(({ name, state }) => `${state} ${name}`);
  expect([states[0], states.at(-1)]).toEqual(['failed before', 'passed after']);
  expect(states.slice(1, -1).every((state) => state.startsWith('skipped '))).toBe(true);
});

test('what the machine lacks: exit 4; --keep: the system runs on, with what was written, until it is stopped', async () => {
  await using rig = await createRig(system('  - { name: it answers, request: /a }\n'));
  const kept = await rig.ok(['smoke', '--keep']);
  expect(kept.stdout).toContain('sut runs on; `msvc down` stops it');
  expect((await rig.get('/')).status).toBe(200);
  await rig.ok(['down']);

  const fresh = await rig.ok(['smoke', '--keep', '--parallel']);
  const [, down] = /`msvc (.*)` stops it/.exec(fresh.stdout) ?? [];
  expect(down).toMatch(/^-p sut-smoke-\w+ down -v$/);
  await rig.ok(down!.split(' '));
  expect(rig.leftovers()).toEqual([]);

  rig.write('msvc.yaml', rig.read('msvc.yaml').replaceAll('command: node ', 'command: no-such-program '));
  const lacking = await rig.msvc(['smoke']);
  expect(lacking.code).toBe(4);
  expect(lacking.stderr).toContain('no-such-program');
  expect(rig.leftovers()).toEqual([]);
});

test('not healthy in time, or the run too long: exit 5; a wrong file or no checks: exit 3', async () => {
  await using rig = await createRig(system('  - { name: waits, request: /hang, timeout: 1m }\n'));
  rig.expectFile('smoke.xml');
  expect((await rig.msvc(['smoke', '--timeout', '2s'])).code).toBe(5);
  rig.write('msvc.yaml', rig.read('msvc.yaml').replace('web: {', 'web: { healthcheck: { http: "/h?status=500" },'));
  const unhealthy = await rig.msvc(['smoke', '--wait-timeout', '700ms', '--junit', 'smoke.xml']);
  expect(unhealthy.code).toBe(5);
  expect(rig.read('smoke.xml')).toContain('<testcase name="the system is healthy"');
  rig.write('msvc.yaml', rig.read('msvc.yaml').replace('request: /hang', 'reqest: /hang'));
  expect((await rig.msvc(['smoke'])).code).toBe(3);
  rig.write('msvc.yaml', 'services: { web: { command: node server.mjs } }\n');
  expect((await rig.msvc(['smoke'])).code).toBe(3);
  expect(await engines(rig)).toBe(0);
});

test('cancelled by a CI, politely or not: nothing is left', async () => {
  await using rig = await createRig(system('  - { name: waits, request: /hang, timeout: 5m }\n'));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
    const live = rig.start(['smoke', '--fresh']);
    await eventually('the check to be under way', () => live.output.includes('healthy after'));
    live.signal(signal);
    const { code } = await live.exited;
    if (signal !== 'SIGKILL') expect(code).toBe(signal === 'SIGTERM' ? 143 : 130);
    await eventually('everything to be gone', () => rig.processes().length === 0);
  }
});

test('cancelled before the system is healthy: the code of the signal, no error', async () => {
  await using rig = await createRig(system('  - { name: waits, request: / }\n'));
  rig.write('msvc.yaml', rig.read('msvc.yaml').replace('web: {', 'web: { healthcheck: { http: "/h?status=500" },'));
  const live = rig.start(['smoke']);
  await live.until('smoke of');
  await rig.engineUp();
  live.signal('SIGTERM');
  const { code, stderr } = await live.exited;
  expect({ code, stderr }).toEqual({ code: 143, stderr: '' });
  await eventually('everything to be gone', () => rig.processes().length === 0);
});

test('a JUnit file that cannot be written is told before anything is started', async () => {
  await using rig = await createRig(system('  - { name: answers, request: / }\n'));
  const { code, stderr } = await rig.msvc(['smoke', '--junit', 'msvc.yaml/smoke.xml']);
  expect(code).toBe(2);
  expect(stderr).toContain('smoke.xml cannot be written');
  expect(await engines(rig)).toBe(0);
});

test('--parallel: two runs at the same time beside a running system, each on data of its own', async () => {
  const write = `
  - { name: writes, run: 'node -e "require(\\"fs\\").writeFileSync(process.env.DATABASE_PATH + \\".mine\\", \\"\\")"', service: api }
  - { name: reads, query: { service: api, sql: SELECT count(*) AS n FROM notes }, expect: { json: [{ n: 1 }] } }
`;
  await using rig = await createRig(system(write));
  await rig.up();
  const both = await Promise.all([rig.msvc(['smoke', '--parallel']), rig.msvc(['smoke', '--parallel'])]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(await engines(rig)).toBe(1);
  expect(existsSync(rig.path('.msvc/data/api/api.db.mine'))).toBe(false);
  expect(readdirSync(rig.path('.msvc/projects'))).toEqual([]);
});

function readdirSafe(file: string): boolean {
  try {
    readdirSync(file);
    return true;
  } catch {
    return false;
  }
}
