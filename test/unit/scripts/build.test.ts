/** The build that `npm ci` and every `npx msvc` run: twice at once, killed half-way, without the packages to build with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../../rig/cli.ts';

interface Checkout extends Disposable {
  readonly dir: string;
  run(file: string, ...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function checkout(options: { readonly packages: boolean }): Checkout {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'build-')));
  mkdirSync(path.join(dir, 'scripts'));
  for (const file of ['package.json', 'scripts/build.mjs', 'scripts/load.cjs', 'scripts/third-party.mjs']) {
    copyFileSync(path.join(REPOSITORY, file), path.join(dir, file));
  }
  // What is compiled beside the bundles has nothing to do with them.
  mkdirSync(path.join(dir, 'native'));
  writeFileSync(path.join(dir, 'native/compile.mjs'), 'export function compileNative() {}\n');
  if (options.packages) symlinkSync(path.join(REPOSITORY, 'node_modules'), path.join(dir, 'node_modules'));
  mkdirSync(path.join(dir, 'src/cli'), { recursive: true });
  writeFileSync(path.join(dir, 'src/cli/greeting.ts'), "export const greeting: string = 'one';\n");
  writeFileSync(path.join(dir, 'src/cli/main.ts'), "void import('./light.ts').then(({ greet }) => greet());\n");
  writeFileSync(
    path.join(dir, 'src/cli/light.ts'),
    "export const greet = () => import('./greeting.ts').then(({ greeting }) => process.stdout.write(greeting));\n",
  );
  return {
    dir,
    async run(file, ...args) {
      const child = spawn(process.execPath, [path.join(dir, file), ...args], { cwd: dir });
      const text = { stdout: '', stderr: '' };
      child.stdout.on('data', (chunk) => {
        text.stdout += chunk;
      });
      child.stderr.on('data', (chunk) => {
        text.stderr += chunk;
      });
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, ...text };
    },
    [Symbol.dispose]() {
      rmSync(dir, { recursive: true });
    },
  };
}

const builds = (dir: string): string[] =>
  readdirSync(path.join(dir, 'dist')).filter((name) => /^[0-9a-f]{16}$|^\.build/.test(name));

test('does nothing when the build is current', async () => {
  using project = checkout({ packages: true });
  expect(await project.run('scripts/build.mjs')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect((await project.run('dist/cli/main.js')).stdout).toBe('one');
  writeFileSync(path.join(project.dir, 'dist/cli/main.js'), 'untouched');
  await project.run('scripts/build.mjs');
  expect(readFileSync(path.join(project.dir, 'dist/cli/main.js'), 'utf8')).toBe('untouched');
});

test('five builds at once leave one whole build', async () => {
  using project = checkout({ packages: true });
  const all = await Promise.all(Array.from({ length: 5 }, () => project.run('scripts/build.mjs')));
  expect(all).toEqual(all.map(() => ({ code: 0, stdout: '', stderr: '' })));
  expect(builds(project.dir)).toHaveLength(1);
  expect((await project.run('dist/cli/main.js')).stdout).toBe('one');
});

test('a program of the previous build still finds its parts; --alone removes them', async () => {
  using project = checkout({ packages: true });
  await project.run('scripts/build.mjs');
  const before = builds(project.dir)[0];
  writeFileSync(path.join(project.dir, 'src/cli/greeting.ts'), "export const greeting: string = 'two';\n");
  await project.run('scripts/build.mjs');
  expect((await project.run(`dist/${before}/cli/main.cjs`)).stdout).toBe('one');
  expect((await project.run('dist/cli/main.js')).stdout).toBe('two');
  await project.run('scripts/build.mjs', '--alone');
  expect(builds(project.dir)).toHaveLength(1);
  expect((await project.run('dist/cli/main.js')).stdout).toBe('two');
});

test("V8's code cache is kept by use, made anew when it is missing, and does no harm when it is broken", async () => {
  using project = checkout({ packages: true });
  await project.run('scripts/build.mjs');
  const run = async (use: string): Promise<string> => (await project.run('dist/cli/main.js', use)).stdout;
  const caches = path.join(project.dir, 'dist', builds(project.dir)[0] as string, 'cache');
  const kept = (): string[] =>
    readdirSync(caches, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [entry.name] : [],
    );
  expect(await run('ps')).toBe('one');
  expect(await run('ps')).toBe('one');
  expect(await run('../elsewhere')).toBe('one');
  expect(kept()).toEqual(['cli-light.ps']);
  const file = path.join(caches, `${process.version}-${process.arch}`, 'cli-light.ps');
  const whole = readFileSync(file);
  for (const broken of [Buffer.alloc(0), Buffer.from('garbage'), whole.subarray(0, whole.length / 2)]) {
    writeFileSync(file, broken);
    expect(await run('ps')).toBe('one');
  }
  rmSync(caches, { recursive: true });
  writeFileSync(caches, 'not a folder');
  expect(await run('ps')).toBe('one');
});

test('a cache that was written while it ran has at its end what it did last, too', async () => {
  using project = checkout({ packages: false });
  copyFileSync(path.join(REPOSITORY, 'scripts/load.cjs'), path.join(project.dir, 'load.cjs'));
  mkdirSync(path.join(project.dir, 'part'));
  const late = Array.from({ length: 50 }, (_, i) => `exports.words.push(${i}, 'word ${i}');`).join('');
  writeFileSync(
    path.join(project.dir, 'part/x.bundle.cjs'),
    `(function (exports) { exports.words = []; exports.late = () => { ${late} }; })`,
  );
  writeFileSync(
    path.join(project.dir, 'main.cjs'),
    `const { existsSync, readdirSync, statSync } = require('node:fs');
    const { load } = require('./load.cjs');
    const { late } = load('part/x', 'use', 1);
    const look = setInterval(() => {
      const [folder] = existsSync('cache') ? readdirSync('cache') : [];
      const [file] = folder ? readdirSync('cache/' + folder).filter((name) => name.endsWith('.use')) : [];
      if (!file) return;
      clearInterval(look);
      const sizeOf = () => statSync('cache/' + folder + '/' + file).size;
      const before = sizeOf();
      late();
      process.on('exit', () => console.log(sizeOf() - before));
    }, 1);`,
  );
  const { code, stdout, stderr } = await project.run('main.cjs');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(Number(stdout)).toBeGreaterThan(500);
});

test('each command that looks is a bundle of its own, with nothing of the others', async () => {
  using project = checkout({ packages: true });
  const write = (file: string, text: string): void => writeFileSync(path.join(project.dir, 'src/cli', file), text);
  mkdirSync(path.join(project.dir, 'src/cli/commands'));
  write('main.ts', "void import('./look.ts').then(({ look }) => look(process.argv[2] as 'ps' | 'ls'));\n");
  write(
    'look.ts',
    "import { LOOK } from './commands/look.ts';\nexport const look = (name: 'ps' | 'ls') => LOOK[name]();\n",
  );
  write('commands/look.ts', "export const LOOK = { ps: () => import('./ps.ts'), ls: () => import('./ls.ts') };\n");
  for (const name of ['ps', 'ls']) write(`commands/${name}.ts`, `process.stdout.write('this is ${name}');\n`);
  expect(await project.run('scripts/build.mjs')).toEqual({ code: 0, stdout: '', stderr: '' });
  for (const [name, other] of [
    ['ps', 'ls'],
    ['ls', 'ps'],
  ] as const) {
    expect(await project.run('dist/cli/main.js', name)).toEqual({ code: 0, stdout: `this is ${name}`, stderr: '' });
    const file = `dist/${builds(project.dir)[0]}/cli/look.${name}.bundle.cjs`;
    expect(readFileSync(path.join(project.dir, file), 'utf8')).not.toContain(`this is ${other}`);
  }
});

test('what a killed build has left goes with the next one', async () => {
  using project = checkout({ packages: true });
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'close');
  mkdirSync(path.join(project.dir, `dist/.build-${child.pid}`), { recursive: true });
  await project.run('scripts/build.mjs');
  expect(builds(project.dir)).toHaveLength(1);
});

test('a broken source fails the build and leaves the last good one', async () => {
  using project = checkout({ packages: true });
  await project.run('scripts/build.mjs');
  writeFileSync(path.join(project.dir, 'src/cli/greeting.ts'), 'export const greeting = ;\n');
  const { code, stderr } = await project.run('scripts/build.mjs');
  expect(code).toBe(1);
  expect(stderr).toContain('src/cli/greeting.ts:1:24');
  expect((await project.run('dist/cli/main.js')).stdout).toBe('one');
  expect(builds(project.dir)).toHaveLength(1);
});

test('without the packages to build with it says so and fails nothing; without sources it is silent', async () => {
  using project = checkout({ packages: false });
  const { code, stderr } = await project.run('scripts/build.mjs');
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('npm ci without --omit=dev') });
  rmSync(path.join(project.dir, 'src'), { recursive: true });
  expect(await project.run('scripts/build.mjs')).toEqual({ code: 0, stdout: '', stderr: '' });
});
