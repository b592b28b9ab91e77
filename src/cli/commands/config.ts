/** `msvc config`: the definition as msvc understands it, everything written out; or where one value comes from. */

import { Option } from 'commander';
import { MsvcError } from '../../model/error.ts';
import type { Project } from '../../model/project.ts';
import type { CommandModule } from '../command.ts';
import type { Context } from '../context.ts';
import { explain as explainCommand } from '../examples.ts';
import { printDiagnostics } from '../print-error.ts';
import { readDefinition, SpecError } from '../project.ts';
import { explanationLines } from '../wording/explanation.ts';

interface Options {
  readonly format: 'yaml' | 'json';
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly services?: boolean;
  readonly profiles?: boolean;
  readonly explain?: string;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .option('--explain <path>', 'where a value comes from, e.g. orders.environment.DB')
      .option('--services', 'only names of services')
      .option('--profiles', 'only names of profiles')
      .option('-q, --quiet', 'only check it')
      .addOption(new Option('--format <format>', 'how it is printed').choices(['yaml', 'json']).default('yaml'))
      .option('--json', 'the same as --format json');
    explainCommand(
      command,
      [
        { line: 'msvc config', does: 'what your file comes to, with every default' },
        { line: 'msvc config --explain orders.environment.DB', does: 'the shell, --env-file, .env or the file' },
        { line: 'msvc config --services', does: 'one name a line' },
      ],
      ['Secrets are shown as `***`.'],
    );
    bind(command, async (context, options: Options) => {
      const result = await readDefinition(context);
      if (!result.ok) throw new SpecError(result.diagnostics);
      if (result.warnings.length > 0) {
        printDiagnostics(result.warnings, { output: context.err, json: false, cwd: process.cwd() });
      }
      const { out } = context;
      const json = options.json === true || options.format === 'json';
      if (options.explain !== undefined) await printExplanation(context, result, options.explain, json);
      else if (options.services) for (const name of Object.keys(result.project.services)) out.line(name);
      else if (options.profiles) for (const name of profilesOf(result.project)) out.line(name);
      else if (!options.quiet) {
        const { resolved } = await import('../../config/index.ts');
        const definition = resolved(result.project);
        if (json) out.json(definition);
        else out.write((await import('../../config/to-yaml.ts')).toYaml(definition));
      }
      return 0;
    });
  },
};

function profilesOf({ services }: Project): string[] {
  return [...new Set(Object.values(services).flatMap((service) => service.profiles))].sort();
}

type Loaded = Extract<Awaited<ReturnType<typeof readDefinition>>, { ok: true }>;

async function printExplanation({ out }: Context, result: Loaded, path: string, json: boolean): Promise<void> {
  const { explain } = await import('../../config/index.ts');
  const explanation = explain(result, path);
  if (!explanation.found) {
    const { suggestion } = explanation;
    throw new MsvcError('MSVC_USAGE', `the definition has no ${explanation.path}`, {
      facts: { path: explanation.path },
      hint: suggestion === undefined ? '`msvc config` shows what it has' : `did you mean "${suggestion}"?`,
    });
  }
  if (json) out.json({ ...explanation, value: explanation.value ?? null });
  else for (const line of explanationLines(explanation, process.cwd())) out.line(line);
}
