/**
 * The flags that belong to every command. They may stand before the command or after it; where a command has its own
 * meaning for a short one (`logs -f`), only the long form is left there.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import { MsvcError } from '../model/error.ts';
import type { Context, Globals, Surroundings } from './context.ts';
import type { ColourMode } from './style.ts';

export interface GlobalFlag {
  readonly flags: string;
  readonly description: string;
  readonly many?: true;
  readonly choices?: readonly string[];
}

export const GLOBAL_FLAGS: readonly GlobalFlag[] = [
  {
    flags: '-f, --file <path>',
    description: 'the definition (`-`: standard input); repeat to merge others on top (MSVC_FILE)',
    many: true,
  },
  { flags: '-p, --project-name <name>', description: "the project's name (MSVC_PROJECT_NAME)" },
  { flags: '--profile <name>', description: 'activate a profile; repeatable (MSVC_PROFILES)', many: true },
  { flags: '--env-file <path>', description: 'read this file in place of .env; repeatable', many: true },
  { flags: '--project-directory <path>', description: 'look for the definition here' },
  { flags: '--ansi <when>', description: 'colours', choices: ['auto', 'never', 'always'] },
  { flags: '--no-color', description: 'the same as --ansi never (NO_COLOR)' },
];

/** Where the command stands in the arguments: the first that is neither a global flag nor its value; -1 = none. */
export function commandIndex(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i] as string;
    if (token === '--') return i + 1 < argv.length ? i + 1 : -1;
    if (!token.startsWith('-') || token === '-') return i;
    if (takesNext(token)) i++;
  }
  return -1;
}

function takesNext(token: string): boolean {
  return GLOBAL_FLAGS.some(({ flags }) => {
    if (!flags.includes('<')) return false;
    return flags.replace(/ <.*/, '').split(', ').includes(token);
  });
}

interface Flags {
  file?: string[];
  projectName?: string;
  profile?: string[];
  envFile?: string[];
  projectDirectory?: string;
  ansi?: ColourMode;
  color?: boolean;
}

/** @param chain what was given to the program, the group and the command. @throws MsvcError MSVC_USAGE */
export function contextOf(around: Surroundings, chain: readonly Record<string, unknown>[]): Context {
  const { globals, cwd } = readGlobals(chain, around.cwd, around.env);
  if (cwd !== around.cwd && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw new MsvcError('MSVC_USAGE', `--project-directory: ${cwd} is no folder`, { facts: { path: cwd } });
  }
  around.out.setColour(globals.ansi);
  around.err.setColour(globals.ansi);
  return { ...around, cwd, globals };
}

/**
 * What the flags of the whole chain (program, group, command) and the environment say. Flags beat variables.
 * @throws MsvcError MSVC_USAGE
 */
export function readGlobals(
  chain: readonly Record<string, unknown>[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): { globals: Globals; cwd: string } {
  const all = chain as readonly Flags[];
  const many = (key: 'file' | 'profile' | 'envFile'): string[] => all.flatMap((flags) => flags[key] ?? []);
  const last = <K extends keyof Flags>(key: K): Flags[K] | undefined =>
    all.findLast((flags) => flags[key] !== undefined)?.[key];
  const files = many('file');
  const fromEnv = (env.MSVC_FILE ?? '').split(path.delimiter).filter((file) => file !== '');
  const profiles = many('profile');
  const directory = last('projectDirectory');
  const noColour = all.some((flags) => flags.color === false);
  const projectName = last('projectName') ?? env.MSVC_PROJECT_NAME;
  if (projectName !== undefined && !/^[a-z0-9][a-z0-9_-]*$/.test(projectName)) {
    throw new MsvcError('MSVC_USAGE', `"${projectName}" cannot be a project's name`, {
      hint: 'use lower-case letters, digits, "-" and "_", beginning with a letter or digit',
    });
  }
  return {
    cwd: directory === undefined ? cwd : path.resolve(cwd, directory),
    globals: {
      files: (files.length > 0 ? files : fromEnv).map((file) => path.resolve(cwd, file)),
      projectName,
      profiles: profiles.length > 0 ? profiles : splitNames(env.MSVC_PROFILES),
      envFiles: many('envFile').map((file) => path.resolve(cwd, file)),
      ansi: noColour ? 'never' : (last('ansi') ?? 'auto'),
    },
  };
}

function splitNames(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
