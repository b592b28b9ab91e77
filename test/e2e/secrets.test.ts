/** Secrets reach services byte for byte, and nothing that msvc shows or keeps has them. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('what is no text, and the last newline', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
secrets:
  raw: { file: raw.bin }
  pem: { file: key.pem }
services:
  web:
    command: cat "$RAW_FILE" > got.bin; cat "$PEM_FILE" > got.pem; exec node "$PUPPET"
    secrets: [raw, pem]
`,
    'key.pem': 'a key\n',
  });
  for (const file of ['raw.bin', 'got.bin', 'got.pem']) rig.expectFile(file);
  const raw = randomBytes(64);
  writeFileSync(rig.path('raw.bin'), raw);
  await rig.up();
  await rig.puppet('web');
  expect(readFileSync(rig.path('got.bin'))).toEqual(raw);
  expect(rig.read('got.pem')).toBe('a key\n');
});

test('a key of several lines is in nobody’s last words', async () => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  await using rig = await createRig({
    'msvc.yaml': `
secrets:
  pem: { file: key.pem }
services:
  dies: { command: 'cat "$PEM_FILE" >&2; exit 3', secrets: [pem], restart: no, port: none }
  hook: { command: 'true', pre_start: 'cat "$PEM_FILE"; exit 4', secrets: [pem], restart: no, port: none }
  probed:
    command: node "$PUPPET"
    secrets: [pem]
    healthcheck: { test: 'cat "$PEM_FILE"; exit 1', interval: 200ms, start_period: 1s, retries: 1 }
    restart: no
`,
    'key.pem': pem,
  });
  const live = rig.start(['up']);
  await live.exited;
  // What services write themselves is theirs, and stands behind their names.
  const output = live.output.replace(/^\S+ +\| .*$/gm, '');
  expect(output).toMatch(/^ +\| \*\*\*$/m);
  const shown = [output, rig.read('.msvc/events.jsonl'), (await rig.ok(['events', '--json'])).stdout];
  for (const name of ['dies', 'hook', 'probed']) shown.push((await rig.ok(['why', name])).stdout);
  expect(shown[2]).toMatch(/"hook\.exited".*MSVC_HOOK_FAILED/s);
  expect(shown[2]).toMatch(/"instance.probe-failed".*-----BEGIN/);
  const all = shown.join('\n');
  expect(all).toContain('-----BEGIN PRIVATE KEY-----');
  for (const line of pem.trim().split('\n').slice(1, -1)) expect(all).not.toContain(line);
});

test('an edited secret is a change of the services that have it', async () => {
  const file = (url: string) => `
secrets:
  token: { file: token.txt }
services:
  web: { command: [node, "\${PUPPET}"], secrets: [token], environment: { URL: ${url} } }
  other: { command: [node, "\${PUPPET}"] }
`;
  await using rig = await createRig({
    'msvc.yaml': file('"http://u:p%40ss%2Fword9@h"'),
    'token.txt': 'p@ss/word9\n',
  });
  await rig.up();
  const events = rig.events();
  const pids = async () => Object.fromEntries((await rig.ps()).map((row) => [row.service, row.pid]));
  const before = await pids();
  expect((await rig.ok(['env', 'web'])).stdout).toContain('http://u:***@h');

  await rig.puppet('web');
  rig.write('token.txt', 'another-word8\n');
  expect((await rig.ok(['up', '--dry-run'])).stdout).toMatch(/replace web \(secrets changed\)/);
  const up = await rig.up();
  expect(up.stdout + up.stderr).toMatch(/replace web \(secrets changed\)/);
  const after = await pids();
  expect(after.web).not.toBe(before.web);
  expect(after.other).toBe(before.other);
  const again = await rig.up();
  expect(again.stdout + again.stderr).toContain('nothing to change');

  const web = await rig.puppet('web');
  await web.tell('say', { line: 'before p@ss/word9, now another-word8, sent as p%40ss%2Fword9' });
  await web.tell('exit', { code: 3 });
  await events.until('instance.exited', (event) => event.service === 'web' && event.exit.code === 3);
  const shown = [
    (await rig.ok(['why', 'web'])).stdout,
    (await rig.ok(['ps'])).stdout,
    (await rig.ok(['events', '--json'])).stdout,
    rig.read('.msvc/events.jsonl'),
  ].join('\n');
  expect(shown).toContain('before ***, now ***, sent as ***');
  for (const value of ['word9', 'word8']) expect(shown).not.toContain(value);
});
