'use strict';
/**
 * Runs one bundle with V8's code cache: what a run like this one compiled is kept in `cache/` beside the bundles and is
 * not compiled again, which is most of a short command's start. Node has this built in from 22.8 on; this is for all.
 *
 * A cache belongs to one build (the folder), one version of Node and one use (a command compiles other functions than
 * the next). V8 itself refuses one made by another version or with other flags. Where the folder cannot be written
 * everything works without. Copied as it is into each build; not bundled.
 */
const { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { Script } = require('node:vm');

const folder = path.join(__dirname, 'cache', `${process.version}-${process.arch}`);
/** Uses are commands, and a person may misspell those. */
const MOST_CACHES = 64;
const USE = /^-{0,2}[a-z][a-z-]*$/;

/**
 * @param {string} entry `cli/main` runs `cli/main.bundle.cjs`
 * @param {NodeRequire} requireBeside of a file in the bundle's folder
 * @param {string} use what it is about to do, a plain word: names the cache; otherwise there is none
 * @param {number} [afterMs] of what may run for long: the cache is written so long after the start, if it has not been
 *   at the exit before. Default: at the exit. A run that fails writes none
 * @returns what the bundle exports
 */
function load(entry, requireBeside, use, afterMs) {
  const file = path.join(__dirname, `${entry}.bundle.cjs`);
  const cache = path.join(folder, `${entry.replace('/', '-')}.${use}`);
  const cachedData = USE.test(use) ? read(cache) : undefined;
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname, __import) { ${readFileSync(file, 'latin1')}\n})`,
    { filename: file, cachedData },
  );
  if (cachedData === undefined && USE.test(use)) {
    let kept = false;
    const keep = () => {
      if (!kept) write(cache, script);
      kept = true;
    };
    process.once('exit', (code) => code === 0 && keep());
    if (afterMs !== undefined) setTimeout(keep, afterMs).unref();
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, requireBeside, module, file, path.dirname(file), importBeside);
  return module.exports;
}

/** Of an ES module of this build, its path from here. */
const importBeside = (file) => import(file);

function read(cache) {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}

function write(cache, script) {
  const draft = `${cache}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length >= MOST_CACHES) return;
    writeFileSync(draft, script.createCachedData());
    renameSync(draft, cache);
  } catch {
    // Not ours to write, or no room: the next run compiles again.
    rmSync(draft, { force: true });
  }
}

module.exports = { load };
