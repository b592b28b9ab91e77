/**
 * The context of a build as a tar: the folder less what .dockerignore names, in Docker's order of rules. Reads files,
 * writes nothing.
 */
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import dockerIgnore, { type Ignore } from '@balena/dockerignore';
import { type Pack, pack } from 'tar-fs';

/** Its types name the export of another kind of module than it is. */
type IgnoreMaker = (options: { readonly ignorecase: boolean }) => Ignore;

/** A Dockerfile outside of the context is sent under this name. */
export const OUTSIDE = '.msvc-dockerfile';
/** What msvc itself keeps (databases, logs) belongs in no image, and changes while it is read. */
const OURS = '.msvc';

/**
 * `<Dockerfile>.dockerignore` goes before `.dockerignore`; the Dockerfile itself is always sent.
 * @param dockerfile relative to the context; `OUTSIDE` when `outside` brings its text
 */
export function contextOf(context: string, dockerfile: string, outside: string | null): Readable {
  const candidates = [path.join(context, `${dockerfile}.dockerignore`), path.join(context, '.dockerignore')];
  const ignoreFile = candidates.find((file) => existsSync(file));
  const rules = ignoreFile === undefined ? '' : readFileSync(ignoreFile, 'utf8');
  const ignored = (dockerIgnore as unknown as IgnoreMaker)({ ignorecase: false }).add(rules);
  const exceptions = [...rules.matchAll(/^\s*!\s*\/?(.*\S)/gm)].map(([, pattern]) => path.posix.normalize(pattern!));
  const tar = pack(context, {
    strict: false,
    ignore: (file: string) => {
      const relative = path.relative(context, file);
      if (path.basename(file) === OURS) return true;
      if (relative === '' || relative === dockerfile || !ignored.ignores(relative)) return false;
      return !(leadsTo(relative, [...exceptions, dockerfile]) && isFolder(file));
    },
    finalize: outside === null,
    ...(outside !== null && {
      finish: (unfinished) => {
        unfinished.entry({ name: OUTSIDE }, outside);
        unfinished.finalize();
      },
    }),
  });
  return whole(tar);
}

/**
 * The same, but one that breaks off (a file changed size while it was read) ends with an error. By itself it falls
 * silent, and the engine would wait for the rest for ever.
 */
export function whole(tar: Pack): Readable {
  const through = new PassThrough();
  tar.on('error', (error) => through.destroy(error));
  tar.once('close', () => {
    if (!through.writableEnded) through.destroy(new Error('a file changed while it was read'));
  });
  through.once('close', () => tar.destroy());
  return tar.pipe(through);
}

/** A folder that is ignored is entered all the same where a later rule may take something below it back. */
function leadsTo(folder: string, patterns: readonly string[]): boolean {
  const names = folder.split('/');
  return patterns.some((pattern) => {
    const parts = pattern.split('/');
    const anyDepth = parts.findIndex((part) => part.includes('**'));
    return names.every((name, at) => {
      const part = parts[at];
      return (anyDepth !== -1 && at >= anyDepth) || part === name || (part !== undefined && /[*?[\\]/.test(part));
    });
  });
}

function isFolder(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}
