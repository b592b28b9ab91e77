/**
 * Runs a TypeScript file on any Node we support: `node scripts/run.mjs bench/startup.ts --n 20`. Our own files are
 * bundled, packages stay outside. Each file's `import.meta.url` stays its own.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, stop } from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  console.error('usage: node scripts/run.mjs <file.ts> [arguments...]');
  process.exit(2);
}

const keepUrls = {
  name: 'keep-urls',
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/ }, ({ path: file }) => ({
      contents: readFileSync(file, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href)),
      loader: 'ts',
    }));
  },
};

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
// Inside the repository, so that the packages are found from there.
const folder = path.join(root, 'node_modules/.cache/msvc');
const outfile = path.join(folder, `${path.basename(script, '.ts')}-${process.pid}.mjs`);
mkdirSync(folder, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: [path.resolve(script)],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  define: { __MSVC_VERSION__: JSON.stringify(version) },
  sourcemap: 'inline',
  logLevel: 'warning',
  plugins: [keepUrls],
});
// Its process would wake up beside what is measured.
await stop();
process.on('exit', () => rmSync(outfile, { force: true }));
process.argv = [process.argv[0], path.resolve(script), ...args];
process.setSourceMapsEnabled(true);
await import(pathToFileURL(outfile).href);
