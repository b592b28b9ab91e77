/** Must-have 21: logs as NDJSON, filtered, whole lines only, over restarts and after `down`. */
import { expect, test } from 'vitest';
import type { LogJson } from '../../src/cli/json-contract.ts';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = {
  'msvc.yaml': `
services:
  api: { command: [node, "\${PUPPET}", --say, "api begins"], replicas: 2 }
  web: { command: [node, "\${PUPPET}", --say, "web begins"] }
`,
};

test('filters, streams, restarts, after down', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const one = await rig.puppet('api', 1);
  const two = await rig.puppet('api', 2);
  await one.tell('say', { line: 'request timeout 1' });
  await two.tell('say', { line: 'request timeout 2', stream: 'stderr' });
  const web = await rig.puppet('web');
  await web.tell('say', { line: 'web timeout' });
  for (const line of [
    '{"level":50,"msg":"refused","order":41}',
    'INFO fine',
    '    detail',
    'ERROR no',
    '    at charge (server.js:7)',
  ]) {
    await web.tell('say', { line });
  }

  const follow = rig.start(['logs', '-f', '--since', '5m', '-n', '50', '--grep', 'timeout', '--json', 'api']);
  await follow.until('request timeout 1');
  await follow.until('request timeout 2');
  await rig.ok(['restart', 'api']);
  const again = await rig.puppet('api', 1);
  await again.tell('say', { line: 'timeout after the restart' });
  await follow.until('timeout after the restart');
  await rig.ok(['down']);
  const { stdout, code } = await follow.exited;
  expect(code).toBe(0);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogJson);
  expect(lines.map((line) => line.line).sort()).toEqual([
    'request timeout 1',
    'request timeout 2',
    'timeout after the restart',
  ]);
  expect(lines.find((line) => line.line === 'request timeout 2')).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    service: 'api',
    replica: 2,
    stream: 'stderr',
    line: 'request timeout 2',
    level: null,
    message: null,
    fields: null,
  });

  const graver = await rig.logs('--level', 'warn', 'web');
  expect(graver.map(({ line, level, message, fields }) => [level, message, fields, line])).toEqual([
    ['error', 'refused', { order: '41' }, '{"level":50,"msg":"refused","order":41}'],
    ['error', null, null, 'ERROR no'],
    [null, null, null, '    at charge (server.js:7)'],
  ]);
  expect((await rig.logs('--level', 'warn', '-n', '1', 'web')).map(({ line }) => line)).toEqual([
    '    at charge (server.js:7)',
  ]);

  // Nothing runs, and all of it is still there.
  const kept = await rig.logs('api.1');
  expect(kept.map((line) => line.line)).toEqual(
    expect.arrayContaining(['api begins', 'request timeout 1', 'timeout after the restart']),
  );
  expect(kept.every((line) => line.replica === 1)).toBe(true);
  expect(await rig.logs('-n', '1', '--grep', 'web', 'web')).toHaveLength(1);
});

test('three services at full speed: complete, in order, never torn', async () => {
  const count = 20_000;
  await using rig = await createRig({
    'msvc.yaml': `
services:
${['a', 'b', 'c'].map((name) => `  ${name}: { command: [node, "\${PUPPET}", --worker], port: none, logging: { options: { max-size: 100m } } }`).join('\n')}
`,
  });
  await rig.up();
  const puppets = await Promise.all(['a', 'b', 'c'].map((name) => rig.puppet(name)));
  await Promise.all(puppets.map((puppet) => puppet.tell('flood', { lines: count, width: 120 })));
  await rig.ok(['down']);
  for (const name of ['a', 'b', 'c']) {
    const lines = (await rig.logs(name)).filter((line) => line.stream === 'stdout').map((line) => line.line);
    expect(lines).toHaveLength(count);
    expect(lines.findIndex((line, n) => line !== `${n + 1} `.padEnd(120, 'x'))).toBe(-1);
  }
});

test('partial last lines, a megabyte line and bytes that are no text are harmless', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { a: { command: [node, "${PUPPET}", --worker], port: none } }',
  });
  await rig.up();
  const a = await rig.puppet('a');
  const write = (bytes: Buffer) => a.tell('write', { bytes: bytes.toString('base64') });
  await write(Buffer.from(`${'m'.repeat(1_000_000)}\n`));
  await write(Buffer.from([0xff, 0xfe, 0x00, 0x1b, 0x5b, 0x32, 0x4a, 0x0a]));
  await write(Buffer.from('after\n'));
  await write(Buffer.from('no newline at the end'));
  await rig.ok(['down']);
  const lines = (await rig.logs('a')).filter((line) => line.stream === 'stdout').map((line) => line.line);
  expect(lines.join('').replace(/[^m]/g, '').length).toBeGreaterThanOrEqual(1_000_000);
  expect(lines).toContain('after');
  expect(lines.at(-1)).toBe('no newline at the end');
});
