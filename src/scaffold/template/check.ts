/**
 * Everything that is wrong with a template: its shape, its placeholders, and whether msvc takes what comes out of it, in
 * every combination of what a user may ask for. Writes into a folder under the system's temporary one and removes it.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadProject } from '../../config/index.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { commit } from '../commit.ts';
import { planService, type Wish } from '../new-service.ts';
import { fillInto } from './fill.ts';
import type { TemplateFolder } from './find.ts';
import { Problems, TemplateError } from './problems.ts';
import { readTemplate, type Template } from './read.ts';

export interface CheckedTemplate {
  readonly diagnostics: readonly Diagnostic[];
  /** How many combinations were made and loaded. */
  readonly combinations: number;
  readonly files: number;
}

const PEERS = 'services:\n  first:\n    command: ./first\n  second-peer:\n    command: ./second\n';

export async function checkTemplate(folder: TemplateFolder): Promise<CheckedTemplate> {
  let template: Template;
  try {
    template = readTemplate(folder);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { diagnostics: error.diagnostics, combinations: 0, files: 0 };
  }
  const wishes = wishesFor(template);
  const problems = new Problems();
  for (const wish of wishes) {
    const values = {
      service: 'sample',
      folder: 'services/sample',
      route: wish.route || undefined,
      calls: wish.calls,
      database: wish.database ?? false,
    };
    fillInto(template, values, problems);
  }
  const clashes = doubles(template);
  for (const name of clashes) {
    problems.error('duplicate', `two files become \`${name}\``, {
      file: path.join(folder.dir, 'files', name),
      line: 1,
      column: 1,
    });
  }
  if (problems.errors === 0) for (const wish of wishes) await load(template, wish, problems);
  return { diagnostics: problems.sorted([]), combinations: wishes.length, files: template.files.length };
}

function wishesFor({ manifest }: Template): Wish[] {
  const databases = manifest.database === 'none' ? [false] : [false, true];
  const calls = manifest.calls ? [[], ['first', 'second-peer']] : [[]];
  const routes: (string | false)[] = manifest.listens ? [false, '/', '/api/sample'] : [false];
  return databases.flatMap((database) =>
    calls.flatMap((callees) => routes.map((route) => ({ name: 'sample', database, calls: callees, route }))),
  );
}

async function load(template: Template, wish: Wish, problems: Problems): Promise<void> {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'msvc-template-')));
  try {
    const services = ['first', 'second-peer'].map((name) => ({ name, workingDir: dir, paths: [] }));
    const plan = planService(template, wish, { dir, services }, PEERS);
    const file = path.join(dir, 'msvc.yaml');
    await commit({
      folder: { path: path.join(dir, plan.folder), files: plan.filled.files },
      file: { path: file, before: undefined, after: plan.file },
    });
    const result = await loadProject({ cwd: dir, files: [file], envFiles: [], environment: {} });
    const about = { file: template.entryFile, line: 1, column: 1 };
    const found = result.ok ? result.warnings : result.diagnostics;
    for (const { code, message, hint, severity } of found) {
      if (severity === 'error')
        problems.error(code, `once generated: ${message.replaceAll(`${dir}/`, '')}`, about, { hint });
      else problems.warning(code, `once generated: ${message.replaceAll(`${dir}/`, '')}`, about, { hint });
    }
    if (result.ok) checkSpec(template, result.project.services.sample!.port.kind !== 'none', about, problems);
  } catch (error) {
    const { message } = error as Error;
    problems.error('bad-entry', message, { file: template.entryFile, line: 1, column: 1 });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function checkSpec(
  template: Template,
  hasPort: boolean,
  place: { file: string; line: number; column: number },
  problems: Problems,
): void {
  if (template.manifest.listens || !hasPort) return;
  problems.error('bad-entry', '`listens: false`, but the service gets a port', place, {
    hint: 'write `port: none` in service.yaml',
  });
}

function doubles(template: Template): string[] {
  const values = { service: 'sample', folder: 'sample', route: '/sample', calls: ['first'], database: true };
  const names = fillInto(template, values, new Problems()).files.map(({ name }) => name);
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}
