/** `msvc import`: writes an msvc.yaml and says for each line of the other file what became of it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { commit, exists } from '../../scaffold/commit.ts';
import { MARK } from '../../scaffold/import/draft.ts';
import { type Imported, importFile } from '../../scaffold/import/index.ts';
import type { Context } from '../context.ts';
import { shortPath } from '../excerpt.ts';
import type { ImportJson } from '../json-contract.ts';
import { count, list } from '../wording/lists.ts';
import { placeSchema, withSchemaLine } from './schema-line.ts';

export interface ImportFlags {
  readonly output?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function importInto(context: Context, from: string, flags: ImportFlags): Promise<number> {
  const source = path.resolve(context.cwd, from);
  const target =
    flags.output === undefined ? path.join(path.dirname(source), 'msvc.yaml') : path.resolve(context.cwd, flags.output);
  const imported = await importFile(source, path.dirname(target));
  if (!flags.dryRun && existsSync(target)) throw exists(target);
  const dir = path.dirname(target);
  const text = withSchemaLine(imported.text, dir);
  if (!flags.dryRun) {
    await commit({ file: { path: target, before: undefined, after: text } });
    placeSchema(text, dir);
  }
  if (flags.json) context.out.json(jsonOf(imported, source, target, text, flags.dryRun !== true));
  else tell(context, imported, source, target, text, flags.dryRun === true);
  return 0;
}

const COLOURS = { kept: 'green', translated: 'cyan', 'needs-you': 'yellow' } as const;
const WORDS = { kept: 'kept', translated: 'translated', 'needs-you': 'needs you' } as const;

/** The report; of a dry run the file too. */
export function tell(
  context: Context,
  imported: Imported,
  source: string,
  target: string,
  text: string,
  dryRun: boolean,
): void {
  const { out } = context;
  const { style } = out;
  const { fates, services } = imported;
  const width = String(fates.at(-1)?.line ?? 0).length;
  for (const { line, text: written, kind, note } of fates) {
    const shown = written.trim().length > 60 ? `${written.trim().slice(0, 57)}...` : written.trim();
    const word = style.paint(COLOURS[kind], WORDS[kind].padEnd(10));
    out.line(`${String(line).padStart(width)}  ${word}  ${shown}${note === undefined ? '' : style.dim(`  (${note})`)}`);
  }
  if (dryRun) {
    out.line();
    for (const line of text.trimEnd().split('\n')) out.line(`  ${line}`);
  }
  out.line();
  const open = text.split(MARK).length - 1;
  const name = shortPath(target, process.cwd());
  const what = services.length === 0 ? 'no service yet' : `${count(services.length, 'service')}: ${list(services)}`;
  out.line(`${dryRun ? `${name} would have` : `${style.bold(name)} has`} ${what}`);
  if (open === 0) out.line(`every line of ${path.basename(source)} is taken over`);
  else out.line(`${count(open, 'place')} in it ${open === 1 ? 'needs' : 'need'} you: look for \`needs you\``);
}

function jsonOf(
  { format, fates, services }: Imported,
  from: string,
  file: string,
  text: string,
  written: boolean,
): ImportJson {
  const lines = fates.map(({ line, text: words, kind, note }) => ({
    line,
    text: words,
    fate: kind,
    note: note ?? null,
  }));
  return { from, kind: format.kind, file, services, lines, text, written };
}
