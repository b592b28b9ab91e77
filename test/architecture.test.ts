/**
 * The shape of the house, held by reading the sources: which way the arrows point, how big a file may be, what
 * start-up must not load. Type imports count: a reader follows them too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { LOOK_NAMES } from '../src/cli/commands/light-names.ts';
import { REPOSITORY } from './rig/cli.ts';

/** Folder -> what it may import from. `registry` counts for types alone where a `type:` stands before it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  config: ['model'],
  registry: ['model'],
  data: ['model', 'config', 'type:registry'],
  runtime: ['model', 'config', 'type:registry'],
  gateway: ['model', 'config', 'type:registry'],
  smoke: ['model'],
  control: ['model', 'config', 'registry', 'data', 'runtime', 'gateway'],
  scaffold: ['model', 'config'],
  cli: ['model', 'config', 'registry', 'data', 'runtime', 'gateway', 'scaffold', 'smoke', 'control'],
};

/** Packages that cost tens of milliseconds to load or that few commands need: behind `await import` only. */
const HEAVY = [
  'dockerode',
  'tar-fs',
  '@balena/dockerignore',
  'yaml',
  'zod',
  'better-sqlite3',
  'jose',
  'ajv',
  'ajv-formats',
  'json-p3',
  'ink',
  'react',
];

/** What must start fast, with all that `cli/look.ts` leads to: neither it nor anything it imports statically may load a heavy package. */
const FAST = [
  'cli/main.ts',
  'control/engine-main.ts',
  'control/engine-process.ts',
  'gateway/worker.ts',
  ...['down', 'stop', 'wait', 'version'].map((name) => `cli/commands/${name}.ts`),
];

/**
 * Files below the command line that may ask what time it is on the wall, and why; everything else measures with the
 * clock that only goes forward.
 */
const WALL_CLOCK: Readonly<Record<string, string>> = {
  'config/compiled/compiled.ts': 'when a file was used last',
  'control/engine-process.ts': 'when the engine was started, to be shown',
  'control/event-log.ts': 'the time of an event',
  'control/faults.ts': 'since and until when a fault is in force, to be shown; a timer ends it',
  'control/samples.ts': 'the time of a sample',
  'data/migrations/ledger.ts': 'when a migration was applied',
  'gateway/access-log/lines.ts': 'the time of a line',
  'gateway/auth/jwt.ts': 'a token says on the wall clock until when it is good',
  'gateway/problems/http-date.ts': 'the Date field of a response',
  'runtime/drivers/container/container.ts': 'the engine of containers is asked for lines since a time of its own clock',
  'runtime/drivers/pipes/fifo-pool.ts': 'the age of a folder on disk',
  'runtime/logs/line-format.ts': 'text of a time that is given',
  'runtime/logs/log-file.ts': 'the time of a line',
  'runtime/watch/git-lock.ts': 'the age of a file on disk',
  'smoke/run-suite.ts': 'which lines of a log are of this run',
};

const MAX_LINES = 400;

interface Import {
  readonly kind: 'value' | 'type' | 'lazy';
  /** Relative to src/ for our own files, otherwise the package's name. */
  readonly target: string;
}

function filesIn(folder: string, wanted: RegExp): string[] {
  return readdirSync(path.join(REPOSITORY, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => path.relative(path.join(REPOSITORY, folder), path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('node_modules'))
    .sort();
}

function importsOf(file: string, text: string): Import[] {
  const target = (specifier: string): string => {
    if (specifier.startsWith('.')) return path.normalize(path.join(path.dirname(file), specifier));
    return isBuiltin(specifier) ? specifier : specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  };
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found: Import[] = [];
  for (const [, type, specifier] of code.matchAll(/^(?:import|export)\s(type\s)?[^'";]*?from\s'([^']+)'/gm)) {
    found.push({ kind: type ? 'type' : 'value', target: target(specifier as string) });
  }
  for (const [, specifier] of code.matchAll(/^import\s'([^']+)'/gm)) {
    found.push({ kind: 'value', target: target(specifier as string) });
  }
  for (const [, specifier] of code.matchAll(/(?<!\w)import\(\s*'([^']+)'\s*\)/g)) {
    found.push({ kind: 'lazy', target: target(specifier as string) });
  }
  return found;
}

const sources = new Map(
  filesIn('src', /\.tsx?$/).map((file) => [file, readFileSync(path.join(REPOSITORY, 'src', file), 'utf8')]),
);
const imports = new Map([...sources].map(([file, text]) => [file, importsOf(file, text)]));
const layer = (file: string): string => file.split('/')[0] as string;

test('the reader of imports reads them', () => {
  const text = `/** import x from 'no' */
import type { A } from '../model/a.ts';
import {
  b,
} from './b.ts';
import 'node:fs';
import { parse } from 'yaml';
// import c from './no.ts';
export { d } from './d.ts';
const e = await import('zod');
type F = import('./f.ts').F;
`;
  expect(importsOf('cli/x.ts', text)).toEqual([
    { kind: 'type', target: 'model/a.ts' },
    { kind: 'value', target: 'cli/b.ts' },
    { kind: 'value', target: 'yaml' },
    { kind: 'value', target: 'cli/d.ts' },
    { kind: 'value', target: 'node:fs' },
    { kind: 'lazy', target: 'zod' },
    { kind: 'lazy', target: 'cli/f.ts' },
  ]);
});

/** In `config`: who may ask the system directly. What others asked unseen, a kept definition would not be checked by. */
const ASKERS = ['config/inputs.ts', 'config/standard-input.ts', 'config/compiled/compiled.ts'];

test('reading a definition asks the system for everything through config/inputs.ts', () => {
  const asks = [...sources].filter(
    ([file, text]) =>
      layer(file) === 'config' &&
      !ASKERS.includes(file) &&
      (/\bprocess\.(env|cwd|argv)|\bDate\.now|\bhomedir\b/.test(text) ||
        imports.get(file)?.some(({ target }) => /^node:(fs|child_process|process)/.test(target))),
  );
  expect(asks.map(([file]) => file)).toEqual([]);
});

test('every folder of src is in the picture', () => {
  const folders = readdirSync(path.join(REPOSITORY, 'src')).sort();
  expect(folders).toEqual(Object.keys(MAY_IMPORT).sort());
});

test('arrows point down: model <- config, registry <- data, runtime, gateway <- control <- cli', () => {
  const wrong: string[] = [];
  for (const [file, list] of imports) {
    const from = layer(file);
    const allowed = MAY_IMPORT[from] ?? [];
    for (const { kind, target } of list) {
      if (!sources.has(target)) {
        if (target.endsWith('.ts')) wrong.push(`${file} imports ${target}, which is not in src`);
        continue;
      }
      const to = layer(target);
      const fine = to === from || allowed.includes(to) || (kind === 'type' && allowed.includes(`type:${to}`));
      if (!fine) wrong.push(`${file} -> ${target} (${kind})`);
    }
  }
  expect(wrong).toEqual([]);
});

test('no file imports itself through others', () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) {
      cycles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const { target, kind } of imports.get(file) ?? []) {
      if (kind !== 'lazy' && sources.has(target)) walk(target, [...trail, file]);
    }
    done.add(file);
  };
  for (const file of sources.keys()) walk(file, []);
  expect(cycles).toEqual([]);
});

test('what must start fast loads nothing heavy, and what only looks not even commander', () => {
  const wrong: string[] = [];
  const looks = ['cli/look.ts', ...LOOK_NAMES.map((name) => `cli/commands/${name}.ts`)];
  const walk = (file: string, trail: readonly string[], seen: Set<string>): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { kind, target } of imports.get(file) ?? []) {
      if (kind !== 'value') continue;
      const isHeavy = HEAVY.includes(target) || (target === 'commander' && looks.includes(trail[0] ?? file));
      if (isHeavy) wrong.push([...trail, file, target].join(' -> '));
      else if (sources.has(target)) walk(target, [...trail, file], seen);
    }
  };
  const missing = FAST.filter((file) => !sources.has(file));
  for (const file of new Set([...FAST, ...looks])) walk(file, [], new Set());
  expect({ missing, wrong }).toEqual({ missing: [], wrong: [] });
});

test('only what stamps reads the wall clock: a clock that is set does no harm', () => {
  const reads = [...sources]
    .filter(([file, text]) => !file.startsWith('cli/') && /\bDate\.now\(|\bnew Date\(/.test(text))
    .map(([file]) => file);
  expect(reads.sort()).toEqual(Object.keys(WALL_CLOCK).sort());
});

test('a file fits in a head, and says first what it is for', () => {
  const lines = (text: string): number => text.split('\n').length - 1;
  const long = [...sources]
    .filter(([, text]) => lines(text) > MAX_LINES)
    .map(([file, text]) => `${file}: ${lines(text)}`);
  const mute = [...sources].filter(([, text]) => !text.split('\n', 3).join('\n').includes('/**')).map(([file]) => file);
  expect({ long, mute }).toEqual({ long: [], mute: [] });
});

test('only reports talk to the console', () => {
  const talkers = [...sources]
    .filter(([file, text]) => !file.startsWith('cli/report/') && /\bconsole\.\w+\(/.test(text))
    .map(([file]) => file);
  expect(talkers).toEqual([]);
});

test('no test is left out quietly', () => {
  const skips = /\b(?:test|it|describe|suite|bench)\.(?:only|skip|skipIf|runIf|todo|fails)\b|\b(?:context|ctx)\.skip\(/;
  const quiet = filesIn('test', /\.ts$/)
    .filter((file) => file !== 'rig/skip.ts' && file !== 'architecture.test.ts')
    .filter((file) => skips.test(readFileSync(path.join(REPOSITORY, 'test', file), 'utf8')));
  expect(quiet).toEqual([]);
});
