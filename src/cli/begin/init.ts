/** `msvc init`: the msvc.yaml of a new system, from nothing or from another tool's file, with a first service if wanted. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_FILES } from '../../config/find.ts';
import { MsvcError } from '../../model/error.ts';
import { PROJECT_NAME, projectNameFromFolder } from '../../model/names.ts';
import { commit, exists } from '../../scaffold/commit.ts';
import { type Imported, importable, importFile } from '../../scaffold/import/index.ts';
import { type NewService, planService } from '../../scaffold/new-service.ts';
import type { Surroundings } from '../../scaffold/place.ts';
import { starterText, withIgnored } from '../../scaffold/starter.ts';
import { findTemplate } from '../../scaffold/template/find.ts';
import { readTemplate } from '../../scaffold/template/read.ts';
import type { Context } from '../context.ts';
import type { InitJson } from '../json-contract.ts';
import { list } from '../wording/lists.ts';
import { type Ask, askTerminal, USUAL } from './ask.ts';
import { tell as tellImport } from './import.ts';
import { canOpenDatabase } from './machine.ts';
import { placeSchema, withSchemaLine } from './schema-line.ts';

export interface InitFlags {
  readonly yes?: boolean;
  readonly name?: string;
  readonly service?: string;
  readonly template: string;
  /** false: `--no-import`. */
  readonly import?: string | boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

interface Wanted {
  readonly name: string;
  readonly importFrom: string | undefined;
  readonly service: string | undefined;
}

export async function init(context: Context, flags: InitFlags): Promise<number> {
  const dir = context.cwd;
  const target = path.join(dir, PROJECT_FILES[0]);
  for (const name of PROJECT_FILES) if (existsSync(path.join(dir, name))) throw exists(path.join(dir, name));
  const wanted = await decide(flags, dir);
  const imported = wanted.importFrom === undefined ? undefined : await importFile(wanted.importFrom, dir);
  const begun = withSchemaLine(imported?.text ?? starterText(wanted.name), dir);
  const plan =
    wanted.service === undefined ? undefined : firstService(context, flags, wanted.service, dir, begun, imported);
  const text = plan?.file ?? begun;
  const ignored = gitignore(dir);
  if (!flags.dryRun) {
    await commit({
      folder: plan && { path: path.join(dir, plan.folder), files: plan.filled.files },
      file: { path: target, before: undefined, after: text },
    });
    placeSchema(text, dir);
    if (ignored) await commit({ file: { path: ignored.path, before: ignored.before, after: ignored.after } });
  }
  const made: InitJson = {
    file: target,
    imported: wanted.importFrom ?? null,
    service: plan?.name ?? null,
    folder: plan ? path.join(dir, plan.folder) : null,
    ignored: ignored !== undefined,
    text,
    written: !flags.dryRun,
  };
  if (flags.json) context.out.json(made);
  else tell(context, made, imported, plan);
  return 0;
}

async function decide(flags: InitFlags, dir: string): Promise<Wanted> {
  const named = (name: string): string | undefined =>
    PROJECT_NAME.test(name) ? undefined : 'lower-case letters, digits, "-" and "_", beginning with a letter or digit';
  if (flags.name !== undefined && named(flags.name) !== undefined) {
    throw new MsvcError('MSVC_USAGE', `"${flags.name}" cannot be a project's name`, {
      hint: `use ${named(flags.name)}`,
    });
  }
  const found = flags.import === false ? [] : importable(dir);
  const ask: Ask = flags.yes || flags.json ? USUAL : askTerminal();
  try {
    const importFrom = typeof flags.import === 'string' ? path.resolve(dir, flags.import) : await chosen(ask, found);
    const usual = projectNameFromFolder(path.basename(dir));
    const name =
      flags.name ?? (importFrom === undefined ? await ask.text('Name of the project?', usual, named) : usual);
    const first =
      flags.service ??
      (importFrom !== undefined || ask === USUAL ? '' : await ask.text('A first service? Its name, or none:', 'none'));
    return { name, importFrom, service: first === '' || first === 'none' ? undefined : first };
  } finally {
    ask.close();
  }
}

async function chosen(ask: Ask, found: ReturnType<typeof importable>): Promise<string | undefined> {
  for (const { format, file } of found) {
    if (await ask.yes(`Begin with what is in ${path.basename(file)} (${format.title})?`, true)) return file;
  }
  return undefined;
}

function firstService(
  context: Context,
  flags: InitFlags,
  name: string,
  dir: string,
  text: string,
  imported: Imported | undefined,
): NewService {
  const template = readTemplate(findTemplate(flags.template, dir));
  const services = (imported?.services ?? []).map((service) => ({ name: service, workingDir: dir, paths: [] }));
  const around: Surroundings = { dir, services };
  const without = template.manifest.database === 'default' && !canOpenDatabase(template.manifest, dir, context.env);
  return planService(template, { name, calls: [], ...(without && { database: false }) }, around, text);
}

/** Only where git is: `.msvc/` keeps itself out of it as well, but people look here. */
function gitignore(dir: string): { path: string; before: string | undefined; after: string } | undefined {
  const file = path.join(dir, '.gitignore');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (before === undefined && !existsSync(path.join(dir, '.git'))) return undefined;
  const after = withIgnored(before ?? '', '.msvc/');
  return after === undefined ? undefined : { path: file, before, after };
}

function tell(context: Context, made: InitJson, imported: Imported | undefined, plan: NewService | undefined): void {
  const { out } = context;
  if (imported && made.imported !== null)
    tellImport(context, imported, made.imported, made.file, made.text, !made.written);
  else if (!made.written) out.write(made.text);
  else {
    const also = [...(plan ? [`${plan.folder}/`] : []), ...(made.ignored ? ['.gitignore'] : [])];
    out.line(`msvc.yaml is there${also.length > 0 ? `, and ${list(also)}` : ''}`);
  }
  if (!made.written) return;
  const next = plan || imported ? 'msvc up' : 'msvc new service NAME (kinds: msvc new --list), then msvc up';
  out.line(`next: ${out.style.dim(next)}`);
}
