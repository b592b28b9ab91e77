/**
 * Which files under a watched path count. .dockerignore syntax: patterns are relative to the path, `!` takes back, the
 * last one that matches decides, a folder stands for all that is in it. Pure.
 */
import picomatch from 'picomatch';

/** Made by tools, not by people; a rule may take them back with `!`, except msvc's own folder. */
const IGNORED_FOLDERS = ['.git', 'node_modules', 'target', 'dist', 'build', '.venv', '__pycache__'];
/** What editors and desktops leave beside a file while it is being saved. */
const IGNORED_FILES = [
  '*~',
  '.#*',
  '#*#',
  '*.swp',
  '*.swo',
  '*.swx',
  '*.kate-swp',
  '4913',
  '.goutputstream-*',
  '*___jb_tmp___',
  '*___jb_old___',
  '.DS_Store',
];
const OWN = /(?:^|\/)\.msvc(?:\/|$)/;

export interface Filter {
  /** `file` is relative to the watched path, with `/`; '' is the path itself. */
  counts(file: string): boolean;
  /** Nothing below this folder can count. */
  prunes(folder: string): boolean;
}

interface Pattern {
  readonly takesBack: boolean;
  readonly matches: (file: string) => boolean;
  readonly segments: readonly string[];
}

export function createFilter(ignore: readonly string[], include: readonly string[]): Filter {
  const defaults = [...IGNORED_FOLDERS, ...IGNORED_FILES].map((name) => `**/${name}`);
  const ignored = patternsOf([...defaults, ...ignore]);
  const included = patternsOf(include);
  const takenBack = ignored.filter((pattern) => pattern.takesBack);
  return {
    counts(file) {
      if (file === '') return true;
      if (OWN.test(file) || isMatched(ignored, file)) return false;
      return included.length === 0 || isMatched(included, file);
    },
    prunes(folder) {
      if (folder === '') return false;
      if (OWN.test(folder)) return true;
      return isMatched(ignored, folder) && !takenBack.some((pattern) => reachesInto(pattern, folder));
    },
  };
}

function patternsOf(lines: readonly string[]): Pattern[] {
  return lines.flatMap((line) => {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) return [];
    const takesBack = text.startsWith('!');
    const glob = (takesBack ? text.slice(1).trim() : text).replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
    if (glob === '') return [];
    const options = { dot: true, nobrace: true, noextglob: true, nonegate: true };
    const matches = picomatch([glob, `${glob}/**`], options);
    return [{ takesBack, matches: (file: string) => matches(file), segments: glob.split('/') }];
  });
}

function isMatched(patterns: readonly Pattern[], file: string): boolean {
  for (let index = patterns.length - 1; index >= 0; index--) {
    const pattern = patterns[index]!;
    if (pattern.matches(file)) return !pattern.takesBack;
  }
  return false;
}

/**
 * Whether the pattern names something in this ignored folder. A leading `**` does not count as naming: it would have
 * every `node_modules` searched for the sake of one `!` pattern.
 */
function reachesInto(pattern: Pattern, folder: string): boolean {
  const parts = folder.split('/');
  return parts.every((part, index) => {
    const segment = pattern.segments[index];
    return segment !== undefined && segment !== '**' && picomatch.isMatch(part, segment, { dot: true });
  });
}
