/**
 * Bundles src/ into dist/: the command line (split, so that a command loads only what it uses), the engine and its
 * workers; compiles native/. Run through `prepare` too, and `npx` runs that on every call, so it does nothing when dist/ was built from
 * these very sources.
 *
 * Each build is a folder of its own, dist/<hash of the sources>/, complete before it gets its name. The fixed names
 * (dist/cli/main.js and the other entries) are small files that lead into the current one and are replaced by
 * rename: two builds at once do no harm, a reader gets one whole build, and an engine that was started from the
 * previous build still finds the parts that it has not loaded yet.
 *
 *   node scripts/build.mjs           build if needed; earlier builds stay for who still runs them (the last 3)
 *   node scripts/build.mjs --alone   and remove every other build (for a package to be published)
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileNative } from '../native/compile.mjs';
import { thirdPartyNotices } from './third-party.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const dist = path.join(root, 'dist');
const stampFile = path.join(dist, '.stamp');
/**
 * What every command begins with: an ordinary module of a few lines, which need no cache, and the fixed file itself
 * rather than a step to it.
 */
const FIRST = 'cli/main';
/**
 * Run as CommonJS, each from one file with V8's code cache (`load.cjs`): the start of a short command, and of the engine,
 * is made of the files it loads, and Node's loader of ES modules alone costs some 8 ms. With the words that name the use.
 */
const FAST = {
  'cli/early': "'early'",
  'cli/light': "process.argv[2] ?? ''",
  'cli/program': "process.argv[2] ?? ''",
  'cli/print-error': "''",
  'cli/routing': "'routing'",
  'config/index': "'load'",
  'control/engine-main': "'engine', 3000",
  'control/engine-process': "'engine', 3000",
  'gateway/worker': "'worker', 3000",
  'data/worker': "'prepare'",
};
/** Bundled once for each command that it leads to: a start reads what that command is made of, and no more. */
const LOOK = { entry: 'cli/look', table: 'cli/commands/look' };
/** What these lead to with `import()` and few runs need: stays as ES modules, split (Ink cannot be anything else). */
const LED_TO = ['cli/full', 'cli/dashboard/dashboard', 'runtime/drivers/container/index'];
const ENTRIES = [FIRST, ...Object.keys(FAST)];
const KEPT_BUILDS = 3;
const BUILD_NAME = /^[0-9a-f]{16}$/;

/** A hash of everything that the bundle is made from. */
function sourceStamp() {
  const hash = createHash('sha256');
  const inputs = [
    'package.json',
    'package-lock.json',
    'scripts/build.mjs',
    'scripts/load.cjs',
    'scripts/third-party.mjs',
  ];
  for (const entry of readdirSync(path.join(root, 'src'), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) inputs.push(path.relative(root, path.join(entry.parentPath, entry.name)));
  }
  for (const input of inputs.sort()) {
    const file = path.join(root, input);
    if (existsSync(file)) hash.update(input).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/** Of the fast files, `await import` of what stands by itself is not bundled: it is a file beside it. */
const leadOut = {
  name: 'lead-out',
  setup(build) {
    build.onResolve({ filter: /\.ts$/ }, ({ path: specifier, kind, importer }) => {
      if (kind !== 'dynamic-import') return undefined;
      const target = path.relative(path.join(root, 'src'), path.resolve(path.dirname(importer), specifier));
      const entry = target.replace(/\.ts$/, '');
      if (LED_TO.includes(entry)) return { path: `led:${entry}`, external: true };
      // `import()` of a CommonJS file would start the loader of ES modules.
      if (entry in FAST || entry === LOOK.entry) return { path: entry, namespace: 'fast' };
      return undefined;
    });
    build.onLoad({ filter: /.*/, namespace: 'fast' }, ({ path: entry }) => ({
      contents:
        entry === LOOK.entry
          ? `module.exports = __load('${entry}.' + process.argv[2], process.argv[2]);`
          : `module.exports = __load('${entry}', ${FAST[entry]});`,
    }));
  },
};

/** The commands in the table of those that look. */
function lookNames() {
  const table = path.join(root, `src/${LOOK.table}.ts`);
  const text = existsSync(table) ? readFileSync(table, 'utf8') : '';
  return [...text.matchAll(/import\('\.\/([\w-]+)\.ts'\)/g)].map(([, name]) => name);
}

/** In the bundle for one command the others are names. */
const onlyCommand = (name) => ({
  name: 'only-command',
  setup(build) {
    build.onResolve({ filter: /^\.\/[\w-]+\.ts$/ }, ({ path: specifier, kind, importer }) => {
      const isOther = importer === path.join(root, `src/${LOOK.table}.ts`) && specifier !== `./${name}.ts`;
      return kind === 'dynamic-import' && isOther ? { path: specifier, external: true } : undefined;
    });
  },
});

/** Modules of Node's that take milliseconds to load and that a short command never calls: loaded at the first use. */
const LAZY = [
  'child_process',
  'crypto',
  'fs/promises',
  'http',
  'http2',
  'https',
  'net',
  'os',
  'tls',
  'worker_threads',
  'zlib',
];
const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(build) {
    const lazy = new RegExp(`^(?:node:)?(?:${LAZY.join('|')})$`);
    build.onResolve({ filter: lazy }, ({ path: name }) => ({ path: `lazy:${name}`, external: true }));
  },
};

/**
 * Of dockerode what msvc does without: engines over SSH (native code), BuildKit's session and its reader (gRPC and
 * protobuf, a third of a megabyte that every start of the container part would load).
 */
const leanDockerode = {
  name: 'lean-dockerode',
  setup(build) {
    build.onLoad({ filter: /node_modules\/(docker-modem\/lib\/ssh|dockerode\/lib\/(session|buildkit))\.js$/ }, () => ({
      contents: "module.exports = () => { throw new Error('this is not part of msvc'); };",
      loader: 'js',
    }));
  },
};

/** What `load.cjs` calls a bundle with. */
const PARAMETERS = 'exports, require, module, __filename, __load, __import, __lazy';

/** The first file has the loader in itself. @param {string} folder of the build, from where the file is */
function firstFile(text, folder) {
  const loader = readFileSync(path.join(root, 'scripts/load.cjs'), 'utf8');
  return `'use strict';
const __folder = require('node:path').join(__dirname, '${folder}');
const { load: __load, importBeside: __import, lazy: __lazy } = ((__dirname, module) => {${loader}
return module.exports; })(__folder, { exports: {} });
${text}`;
}

async function bundle(esbuild, outdir, stamp) {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const options = {
    absWorkingDir: root,
    outdir,
    outbase: 'src',
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    chunkNames: 'chunks/[name]-[hash]',
    // Ink's developer tools are looked for only in its development mode.
    external: ['better-sqlite3', 'react-devtools-core'],
    define: {
      __MSVC_VERSION__: JSON.stringify(version),
      __MSVC_BUILD__: JSON.stringify(stamp),
      'process.env.NODE_ENV': '"production"',
    },
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  };
  const files = (entries) =>
    entries.map((entry) => `src/${entry}.ts`).filter((file) => existsSync(path.join(root, file)));
  const fast = {
    ...options,
    format: 'cjs',
    outExtension: { '.js': '.bundle.cjs' },
    define: { ...options.define, 'import.meta.url': '__bundle.href' },
    banner: { js: "const __bundle = { get href() { return require('node:url').pathToFileURL(__filename).href; } };" },
    plugins: [leadOut, lazyBuiltins],
    // What V8 has kept of a script does not know how to `import()`; the loader does it.
    supported: { 'dynamic-import': false },
  };
  const looks = lookNames().map((name) => ({ name, entry: `${LOOK.entry}.${name}` }));
  const builds = await Promise.all([
    esbuild.build({
      ...options,
      entryPoints: files(LED_TO),
      format: 'esm',
      splitting: true,
      plugins: [leanDockerode],
      // CommonJS packages in the bundle call `require`.
      banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
    }),
    esbuild.build({ ...fast, entryPoints: files(ENTRIES) }),
    ...looks.map(({ name, entry }) =>
      esbuild.build({
        ...fast,
        entryPoints: { [entry]: `src/${LOOK.entry}.ts` },
        plugins: [onlyCommand(name), ...fast.plugins],
      }),
    ),
  ]);
  for (const entry of [...ENTRIES, ...looks.map((look) => look.entry)]) {
    const file = path.join(outdir, `${entry}.bundle.cjs`);
    if (!existsSync(file)) continue;
    const linked = readFileSync(file, 'utf8')
      .replace(/__toESM\(require\("led:([^"]+)"\)(?:, 1)?\)/g, '__import("./$1.js")')
      .replace(/require\("lazy:([^"]+)"\)/g, '__lazy("$1")')
      // A module of Node's is its own default: a getter for each of its names, for each file that imports it, is not needed.
      .replace(/__toESM\((require\("node:[^"]+"\)|__lazy\("[^"]+"\))(?:, 1)?\)/g, '{ __proto__: $1, default: $1 }');
    // V8 needs the whole text at every start. Names stay, and lines short enough for a person who is shown one.
    const { code } = await esbuild.transform(linked, { minifyWhitespace: true, lineLimit: 120 });
    const isFirst = entry === FIRST;
    writeFileSync(file, isFirst ? code : `(function (${PARAMETERS}) {${code}})`);
    const lead = `'use strict';\nmodule.exports = require('../load.cjs').load('${entry}', ${FAST[entry]});\n`;
    if (isFirst) writeFileSync(path.join(outdir, `${entry}.cjs`), firstFile(code, '..'));
    else if (entry in FAST) writeFileSync(path.join(outdir, `${entry}.cjs`), lead);
  }
  copyFileSync(path.join(root, 'scripts/load.cjs'), path.join(outdir, 'load.cjs'));
  const inputs = builds.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  writeFileSync(path.join(outdir, 'THIRD-PARTY.txt'), thirdPartyNotices(root, [...new Set(inputs)]));
}

/** Writes beside and renames, so that a reader sees the old text or the new one. */
function replaceFile(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, text);
  renameSync(fresh, file);
}

/** Gives a finished build its name; whoever built the same sources first wins. */
function settle(fresh, stamp) {
  try {
    renameSync(fresh, path.join(dist, stamp));
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(error.code)) throw error;
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** The entry that everybody names leads into the current build. */
function pointTo(stamp) {
  for (const entry of ENTRIES) {
    const target = `${stamp}/${entry}.cjs`;
    if (!existsSync(path.join(dist, target))) continue;
    replaceFile(path.join(dist, path.dirname(entry), 'package.json'), '{ "type": "commonjs" }\n');
    const lead = `module.exports = require('../${target}');\n`;
    const first = path.join(dist, stamp, `${FIRST}.bundle.cjs`);
    const text = entry === FIRST ? firstFile(readFileSync(first, 'utf8'), `../${stamp}`) : lead;
    replaceFile(path.join(dist, `${entry}.js`), text);
  }
  replaceFile(stampFile, stamp);
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Old builds, and what a builder that was killed has left. */
function prune(stamp, kept) {
  const builds = readdirSync(dist)
    .filter((name) => BUILD_NAME.test(name) && name !== stamp)
    .map((name) => ({ name, at: statSync(path.join(dist, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at);
  const dead = readdirSync(dist).filter((name) => {
    const pid = /^\.build-(\d+)$/.exec(name)?.[1];
    return pid !== undefined && !isRunning(Number(pid));
  });
  for (const name of [...builds.slice(kept).map((build) => build.name), ...dead]) {
    rmSync(path.join(dist, name), { recursive: true, force: true });
  }
}

async function main() {
  // An installed package: dist/ came with it, there is nothing to build from.
  if (!existsSync(path.join(root, 'src'))) return;
  compileNative();
  const alone = process.argv.includes('--alone');
  const stamp = sourceStamp();
  const current = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (!current) {
    const esbuild = await import('esbuild').catch(() => undefined);
    if (!esbuild) {
      console.error('msvc is not built: the packages to build it with are not installed (npm ci without --omit=dev)');
      return;
    }
    const fresh = path.join(dist, `.build-${process.pid}`);
    mkdirSync(fresh, { recursive: true });
    try {
      await bundle(esbuild, fresh, stamp);
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true });
      // What is wrong with the sources esbuild has printed already.
      if (!error.errors) throw error;
      process.exitCode = 1;
      return;
    }
    settle(fresh, stamp);
    pointTo(stamp);
  }
  // The sources were touched and are the same: what is there is of now.
  if (current) utimesSync(stampFile, new Date(), new Date());
  if (!current || alone) prune(stamp, alone ? 0 : KEPT_BUILDS);
}

await main();
