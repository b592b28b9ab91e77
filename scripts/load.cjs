'use strict';
/**
 * Runs one bundle with V8's code cache: what a run like this one compiled is kept in `cache/` beside the bundles and is
 * not compiled again, which is most of a short command's start. Node has this built in from 22.8 on; this is for all.
 *
 * A cache belongs to one build (the folder), one version of Node and one use (a command compiles other functions than
 * the next). V8 itself refuses one made by another version or with other flags. Where the folder cannot be written
 * everything works without. Copied as it is into each build, and into the first file of every command; not bundled.
 */
const { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const folder = path.join(__dirname, 'cache', `${process.version}-${process.arch}`);
/** Uses are commands, and a person may misspell those. */
const MOST_CACHES = 64;
const USE = /^-{0,2}[a-z][a-z-]*$/;

/** What has been loaded: two bundles that lead to a third get the same one. */
const loaded = new Map();

/**
 * @param {string} entry `cli/light` runs `cli/light.bundle.cjs`, a function as `scripts/build.mjs` wraps it
 * @param {string} use what it is about to do, a plain word: names the cache; otherwise there is none
 * @param {number} [afterMs] of what may run for long, and be killed: the cache is written so long after the start too.
 *   Default: at the exit alone. A run that fails writes none then
 * @returns what the bundle exports
 */
function load(entry, use, afterMs) {
  const known = loaded.get(entry);
  if (known) return known.exports;
  const file = path.join(__dirname, `${entry}.bundle.cjs`);
  const cache = path.join(folder, `${entry.replace('/', '-')}.${use}`);
  const cachedData = USE.test(use) ? read(cache) : undefined;
  const { Script } = require('node:vm');
  // All of it is ASCII, which Node reads fastest as this.
  const script = new Script(readFileSync(file, 'utf8'), { filename: file, cachedData });
  if (cachedData === undefined && USE.test(use)) {
    const keep = keeper(cache, script);
    process.once('exit', (code) => code === 0 && keep());
    if (afterMs !== undefined) setTimeout(keep, afterMs).unref();
  }
  const module = { exports: {} };
  loaded.set(entry, module);
  script.runInThisContext()(module.exports, require, module, file, load, importBeside, lazy);
  return module.exports;
}

/** An ES module of this build. @param {string} file its path from here */
const importBeside = (file) => import(pathToFileURL(path.join(__dirname, file)).href);

/** A module of Node's that is loaded at the first use of one of its names. */
function lazy(name) {
  let module;
  const get = (_, key) => {
    module ??= require(name);
    return module[key];
  };
  return new Proxy({}, { get });
}

function read(cache) {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}

/** Writes what has been compiled by now, where that is more than before: V8 forgets what is not called for long. */
function keeper(cache, script) {
  let most = 0;
  return () => {
    const data = script.createCachedData();
    if (data.length > most) write(cache, data);
    most = Math.max(most, data.length);
  };
}

function write(cache, data) {
  const draft = `${cache}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length >= MOST_CACHES) return;
    writeFileSync(draft, data);
    renameSync(draft, cache);
  } catch {
    // Not ours to write, or no room: the next run compiles again.
    rmSync(draft, { force: true });
  }
}

module.exports = { load, importBeside, lazy };
