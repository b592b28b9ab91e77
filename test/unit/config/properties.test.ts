/** Whatever stands in the file: no exception, every error with words, and what loads can be printed and loaded again. */
import { existsSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { explain } from '../../../src/config/index.ts';
import { openCase } from './case.ts';
import { comparable, reload } from './reload.ts';

const RUNS = { numRuns: 100 };

async function judge(text: string): Promise<void> {
  using open = openCase('');
  writeFileSync(`${open.dir}/msvc.yaml`, text);
  const result = await open.load();
  const diagnostics = result.ok ? result.warnings : result.diagnostics;
  for (const { message, place } of diagnostics) {
    expect(message).not.toBe('');
    if (place)
      expect(existsSync(place.file) && place.line >= 1 && place.column >= 1 && (place.length ?? 1) >= 1).toBe(true);
  }
  if (!result.ok) {
    expect(diagnostics.some((d) => d.severity === 'error')).toBe(true);
    return;
  }
  expect(Object.isFrozen(result.project) && Object.isFrozen(Object.values(result.project.services)[0])).toBe(true);
  explain(result, 'web.environment.A');
  expect(comparable(await reload(result.project, open))).toEqual(comparable(result.project));
}

const FRAGMENTS = [
  'services:',
  'web:',
  'command: x',
  '  ',
  '    ',
  '\n',
  '- ',
  '{ a: b }',
  '[a, [b]]',
  '&a',
  '*a',
  '<<: *a',
  '"',
  "'",
  '|',
  '>',
  '#',
  '?',
  ': ',
  '!x',
  '!reset',
  '---',
  '\t',
  '${',
  '}',
  '$PORT',
  '$$',
  ':-',
  'environment:',
  'A=1',
  'null',
  '~',
  '__proto__:',
  'constructor:',
  '\u0000',
  '\uFEFF',
  '%YAML',
  '…',
  '\ud800',
];

test('any text', async () => {
  const pieces = fc.array(fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 4 })), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(pieces, (parts) => judge(parts.join(''))),
    RUNS,
  );
});

const KEYS = [
  'services',
  'command',
  'environment',
  'depends_on',
  'healthcheck',
  'routes',
  'route',
  'matches',
  'filters',
  'type',
  'path',
  'value',
  'pre_start',
  'develop',
  'watch',
  'secrets',
  'file',
  'calls',
  'include',
  'env_file',
  'database',
  'logging',
  'options',
  'deploy',
  'replicas',
  'gateway',
  'port',
  'name',
  'test',
  'http',
  'status',
  'x-a',
  'web',
  '__proto__',
];

test('any tree of known keys', async () => {
  const leaf = fc.oneof(
    fc.constantFrom('x', '/x', 'web', '${PORT}', '$A', '2', 'auto', 'CMD'),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'medium', maxDepth: 6 },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...KEYS), tie('tree'), { maxKeys: 5 }),
    ),
  }));
  const whole = fc.oneof(
    tree,
    fc.record({ services: fc.record({ web: fc.dictionary(fc.constantFrom(...KEYS), tree) }) }),
  );
  await fc.assert(
    fc.asyncProperty(whole, (value) => judge(stringify(value))),
    RUNS,
  );
});

const TEXT = fc.oneof(
  fc.constantFrom('$', '$$', '${PORT}', '$PORT', '${PORT:-3}', '${WEB_URL}', 'a b', '"', "'", '\\', '${'),
  fc.string({ maxLength: 6 }),
);
const WORDS = fc
  .array(TEXT, { minLength: 1, maxLength: 5 })
  .map((parts) => `x${parts.join('').replaceAll('$', '$$$$')}`);
const LAUNCH = fc
  .array(fc.oneof(WORDS, fc.constantFrom('${PORT}', '${PORT:-30}', '$HOST', '${MSVC_REPLICA}')), {
    minLength: 1,
    maxLength: 4,
  })
  .map((p) => p.join(''));
const MS = fc.integer({ min: 1, max: 10_000_000 }).map((ms) => `${ms}ms`);

const SERVICE = fc.record(
  {
    command: fc.oneof(LAUNCH, fc.array(LAUNCH, { minLength: 1, maxLength: 4 })),
    environment: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/), LAUNCH),
    port: fc.constantFrom('auto', 4000),
    route: fc.record({
      path: fc.stringMatching(/^\/[a-z]{1,5}$/),
      strip_prefix: fc.boolean(),
      methods: fc.subarray(['GET', 'PUT'], { minLength: 1 }),
    }),
    healthcheck: fc.oneof(
      fc.record({
        http: fc.record({ path: fc.constant('/x'), headers: fc.dictionary(fc.constantFrom('a', 'b'), WORDS) }),
        interval: MS,
      }),
      fc.record({ test: LAUNCH, timeout: MS, start_period: MS }),
      fc.record({ log: fc.constantFrom('up$$', '^a\\d+', 'x') }),
      fc.record({ tcp: fc.constantFrom(true, 99) }),
    ),
    pre_start: fc.array(fc.record({ command: WORDS, per_replica: fc.constant(true) }), { maxLength: 2 }),
    restart: fc.constantFrom('no', 'always', 'on-failure:3'),
    stop_grace_period: MS,
    database: fc.oneof(fc.constant(true), fc.record({ seed: fc.constant('seed.sql') })),
    logging: fc.record({
      options: fc.record({ 'max-size': fc.integer({ min: 1, max: 1e9 }), 'max-file': fc.integer({ min: 1, max: 9 }) }),
    }),
    profiles: fc.uniqueArray(fc.constantFrom('a', 'b')),
  },
  { requiredKeys: ['command'] },
);

test('what is right loads, prints and loads to the same', async () => {
  await fc.assert(
    fc.asyncProperty(SERVICE, async (service) => {
      const text = stringify({ services: { web: service } });
      await judge(text);
    }),
    RUNS,
  );
});

test('a small text that grows without end through aliases is refused', async () => {
  const levels = Array.from(
    { length: 12 },
    (_, i) =>
      `x-${i}: &a${i} [${Array(10)
        .fill(i === 0 ? 'x' : `*a${i - 1}`)
        .join(', ')}]`,
  );
  using open = openCase(`>>> msvc.yaml\n${levels.join('\n')}\nservices: { web: { command: x } }\n`);
  const result = await open.load();
  expect(result.ok ? [] : result.diagnostics.map((d) => d.code)).toContain('too-large');
});
