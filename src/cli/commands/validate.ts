/** `msvc validate`: everything that is wrong with the definition, each with its place. Starts nothing. */
import type { CommandModule } from '../command.ts';
import { explain } from '../examples.ts';
import { shortPath } from '../excerpt.ts';
import { printDiagnostics } from '../print-error.ts';
import { readDefinition, SpecError } from '../project.ts';
import { count } from '../wording/lists.ts';

interface Options {
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command.option('-q, --quiet', 'only the exit code').option('--json', 'all diagnostics as one array, for programs');
    explain(
      command,
      [{ line: 'msvc validate && msvc up -d', does: 'look before you leap' }],
      ['Exit codes: 0 it is right (there may be warnings), 3 it is wrong.'],
    );
    bind(command, async (context, options: Options) => {
      const result = await readDefinition(context);
      const diagnostics = result.ok ? result.warnings : result.diagnostics;
      if (options.json) {
        context.out.json(diagnostics);
        return result.ok ? 0 : 3;
      }
      if (options.quiet) return result.ok ? 0 : 3;
      if (!result.ok) throw new SpecError(result.diagnostics);
      const target = { output: context.err, json: false, cwd: process.cwd() };
      if (diagnostics.length > 0) printDiagnostics(diagnostics, target);
      const { project } = result;
      const file = shortPath(project.files[0] ?? project.dir, process.cwd());
      context.out.line(`${file} is right: ${count(Object.keys(project.services).length, 'service')}`);
      return 0;
    });
  },
};
