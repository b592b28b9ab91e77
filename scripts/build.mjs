/**
 * Bundles src/ into dist/: the command line (split, so that a command loads only what it uses), the engine and its
 * workers. Builds into a folder beside dist/ and swaps it in whole, so that a reader never sees half a build.
 * Run through `prepare` too: does nothing when dist/ was built from these very sources.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.join(root, 'dist');
const stampFile = path.join(dist, '.stamp');

/** A hash of everything that the bundle is made from. */
function sourceStamp() {
  const hash = createHash('sha256');
  const inputs = ['package.json', 'package-lock.json', 'scripts/build.mjs'];
  for (const entry of readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) inputs.push(path.relative(root, path.join(entry.parentPath, entry.name)));
  }
  for (const input of inputs.sort()) {
    const file = path.join(root, input);
    if (existsSync(file)) hash.update(input).update('\0').update(readFileSync(file));
  }
  return hash.digest('hex');
}

if (!existsSync(path.join(root, 'src'))) process.exit(0);
const stamp = sourceStamp();
if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) process.exit(0);

const { build } = await import('esbuild');
const fresh = path.join(root, `dist.${process.pid}.new`);
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const entries = ['cli/main', 'control/engine-main', 'gateway/worker', 'data/worker'];
await build({
  absWorkingDir: root,
  entryPoints: entries.map((entry) => `src/${entry}.ts`).filter((file) => existsSync(path.join(root, file))),
  outdir: fresh,
  outbase: 'src',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: 'chunks/[name]-[hash]',
  external: ['better-sqlite3', 'fsevents'],
  define: { __MSVC_VERSION__: JSON.stringify(version) },
  banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
  minifySyntax: true,
  legalComments: 'linked',
  logLevel: 'warning',
});
mkdirSync(fresh, { recursive: true });
writeFileSync(path.join(fresh, '.stamp'), stamp);
const old = path.join(root, `dist.${process.pid}.old`);
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
