/** `msvc template`: help for those who write templates. */
import type { CommandModule } from '../command.ts';
import { explain } from '../examples.ts';

export const { define }: CommandModule = {
  define(command, bind) {
    const check = command.command('check').summary('say all that is wrong with a template');
    check
      .description('Read a template, make a service of it in every combination, and say all that is wrong.')
      .argument('<path>', "the template's folder, or the name of one of msvc's own")
      .option('--json', 'all diagnostics as one array, for programs');
    explain(
      check,
      [{ line: 'msvc template check ./templates/ours', does: 'before you use or publish it' }],
      ['Exit codes: 0 it is right (there may be warnings), 3 it is wrong. How templates are made: docs/templates.md.'],
    );
    bind(check, async (context, path: string, flags: { readonly json?: boolean }) =>
      (await import('../begin/check-template.ts')).check(context, path, flags.json === true),
    );
  },
};
