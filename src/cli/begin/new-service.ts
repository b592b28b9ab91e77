/** `msvc new service`: reads, plans, writes, and says what it did. */
import path from 'node:path';
import { loadProject } from '../../config/index.ts';
import { commit } from '../../scaffold/commit.ts';
import { type NewService, planService } from '../../scaffold/new-service.ts';
import { findTemplate } from '../../scaffold/template/find.ts';
import { readTemplate, type Template } from '../../scaffold/template/read.ts';
import type { Context } from '../context.ts';
import { shortPath } from '../excerpt.ts';
import type { NewServiceJson } from '../json-contract.ts';
import { definedOf, SpecError } from '../project.ts';
import { count, list } from '../wording/lists.ts';
import { type Definition, openDefinition } from './definition.ts';
import { canOpenDatabase, missingPrograms } from './machine.ts';

export interface NewServiceFlags {
  readonly template: string;
  readonly calls?: readonly string[];
  readonly database?: boolean;
  readonly route?: string | boolean;
  readonly port?: number;
  readonly folder?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function newService(context: Context, name: string | undefined, flags: NewServiceFlags): Promise<number> {
  const template = readTemplate(findTemplate(flags.template, context.cwd));
  const definition = await openDefinition(context);
  const { manifest } = template;
  const without =
    flags.database === undefined &&
    manifest.database === 'default' &&
    !canOpenDatabase(manifest, definition.around.dir, context.env);
  const wish = { ...wishOf(name, flags), ...(without && { database: false }) };
  const plan = planService(template, wish, definition.around, definition.text);
  if (!flags.dryRun) await write(context, plan, definition);
  if (flags.json) context.out.json(jsonOf(template, plan, definition, flags.dryRun === true));
  else tell(context, template, plan, definition, flags);
  if (without) {
    const message = 'the node of your PATH has no SQLite, so it keeps its data in memory';
    note(context, `${message}; with Node 22.13 or newer, or better-sqlite3 installed here, it gets a database`);
  }
  for (const { program, hint } of missingPrograms(manifest, plan.values.database, context.env)) {
    note(context, `${program} is not in your PATH${hint === undefined ? '' : `; ${hint}`}`);
  }
  return 0;
}

function wishOf(name: string | undefined, flags: NewServiceFlags) {
  // commander: `--no-route` alone makes `true` the value when neither is given.
  const route = flags.route === true ? undefined : flags.route;
  return { name, folder: flags.folder, route, port: flags.port, calls: flags.calls ?? [], database: flags.database };
}

async function write(context: Context, plan: NewService, { file, files, text, around }: Definition): Promise<void> {
  const { projectName, envFiles } = context.globals;
  await commit({
    folder: { path: path.join(around.dir, plan.folder), files: plan.filled.files },
    file: { path: file, before: text, after: plan.file },
    check: async (candidate) => {
      const result = await loadProject({
        cwd: context.cwd,
        files: [candidate, ...files.slice(1)],
        envFiles,
        environment: definedOf(context.env),
        ...(projectName !== undefined && { projectName }),
      });
      if (!result.ok) throw new SpecError(result.diagnostics);
    },
  });
}

function tell(
  context: Context,
  template: Template,
  plan: NewService,
  definition: Definition,
  flags: NewServiceFlags,
): void {
  const { out } = context;
  const { style } = out;
  const folder = shortPath(path.join(definition.around.dir, plan.folder), process.cwd());
  const file = shortPath(definition.file, process.cwd());
  const { route, calls, database } = plan.values;
  if (flags.dryRun) {
    out.line(`would make ${folder}/ from the template ${template.name}:`);
    for (const { name } of plan.filled.files) out.line(`  ${name}`);
    out.line();
    out.line(`would add to ${file}:`);
    for (const line of [
      `${plan.name}:`,
      ...plan.entry
        .trimEnd()
        .split('\n')
        .map((l) => `  ${l}`),
    ])
      out.line(`  ${line}`);
    return;
  }
  out.line(
    `${style.bold(plan.name)} is in ${folder}/ (${count(plan.filled.files.length, 'file')}, template ${template.name})`,
  );
  const words = [
    ...(route === undefined ? [] : [`at ${route}`]),
    ...(calls.length > 0 ? [`calls ${list(calls)}`] : []),
    ...(database ? ['with a database'] : []),
  ];
  out.line(`${file} has it${words.length > 0 ? `: ${words.join(', ')}` : ''}`);
  if (template.manifest.test !== undefined)
    out.line(`its tests: ${style.dim(`cd ${folder} && ${template.manifest.test}`)}`);
  out.line(`start it: ${style.dim('msvc up')}`);
}

function note({ err }: Context, text: string): void {
  err.line(`${err.style.paint('yellow', 'note:')} ${text}`);
}

function jsonOf(template: Template, plan: NewService, definition: Definition, dryRun: boolean): NewServiceJson {
  return {
    service: plan.name,
    template: template.name,
    folder: path.join(definition.around.dir, plan.folder),
    file: definition.file,
    files: plan.filled.files.map(({ name }) => name),
    route: plan.values.route ?? null,
    calls: plan.values.calls,
    database: plan.values.database,
    entry: plan.entry,
    written: !dryRun,
  };
}
