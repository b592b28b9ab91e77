/** The definition of this project, and the programs its services need. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { MsvcError } from '../../model/error.ts';
import type { Project, ServiceSpec } from '../../model/project.ts';
import { fillTemplate } from '../../model/template.ts';
import type { Context } from '../context.ts';
import { loadProjectFor } from '../project.ts';
import { count, list } from '../wording/lists.ts';
import { type Check, type Finding, ok, problem, warning } from './check.ts';

const VERSION_TIMEOUT_MS = 3000;

export const definition: Check = {
  name: 'msvc.yaml',
  async run(context) {
    const project = await readable(context);
    if (project instanceof MsvcError) {
      if (project.code === 'MSVC_SPEC_NOT_FOUND') return warning('none here, nor in a folder above');
      return problem('it is wrong', '`msvc validate` says what and where');
    }
    return ok(`${project.name}: ${count(Object.keys(project.services).length, 'service')}`);
  },
};

export const programs: Check = {
  name: 'programs',
  async run(context) {
    const project = await readable(context);
    if (project instanceof MsvcError) return [];
    const users = new Map<string, string[]>();
    for (const spec of Object.values(project.services)) {
      const program = programOf(spec);
      if (program !== null) users.set(program, [...(users.get(program) ?? []), spec.name]);
    }
    return await Promise.all([...users].map(([program, services]) => find(program, services)));
  },
};

async function readable(context: Context): Promise<Project | MsvcError> {
  try {
    return await loadProjectFor(context);
  } catch (error) {
    if (error instanceof MsvcError) return error;
    throw error;
  }
}

/** The first word of the command; null where only a shell could tell which that is. */
function programOf(spec: ServiceSpec): string | null {
  const { run } = spec;
  if (run.kind === 'container') return null;
  const { command } = run;
  const word =
    command.kind === 'exec'
      ? fillTemplate(command.argv[0] ?? '', {})
      : (/^[\w@%+./-]+(?=\s|$)/.exec(command.line)?.[0] ?? '');
  if (word === '') return null;
  return word.includes('/') ? path.resolve(run.workingDir, word) : word;
}

async function find(program: string, services: readonly string[]): Promise<Finding> {
  if (program.includes('/')) return findFile(program, services);
  const run = promisify(execFile);
  try {
    // Knows the shell's own words too.
    await run('sh', ['-c', 'command -v "$1"', 'sh', program]);
  } catch {
    return missing(`${program} is not installed`, services, 'install it');
  }
  const version = await run(program, ['--version'], { timeout: VERSION_TIMEOUT_MS }).then(
    ({ stdout, stderr }) => /\d+\.\d+[\w.-]*/.exec(stdout || stderr)?.[0],
    () => undefined,
  );
  return ok(`${path.basename(program)}${version === undefined ? '' : ` ${version}`}, for ${list(services)}`);
}

/** A file of the project's own is not run to be looked at: nobody knows what it does with `--version`. */
async function findFile(file: string, services: readonly string[]): Promise<Finding> {
  const can = (mode: number): Promise<boolean> =>
    access(file, mode).then(
      () => true,
      () => false,
    );
  if (await can(constants.X_OK)) return ok(`${path.basename(file)}, for ${list(services)}`);
  if (await can(constants.F_OK)) return missing(`${file} is not executable`, services, `\`chmod +x ${file}\``);
  return missing(`${file} is not there`, services, 'make it');
}

function missing(what: string, services: readonly string[], remedy: string): Finding {
  return problem(
    `${what}; ${list(services)} ${services.length === 1 ? 'needs' : 'need'} it`,
    `${remedy}, or start the others by name: \`msvc up SERVICE...\``,
  );
}
