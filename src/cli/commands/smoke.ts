/** `msvc smoke`: its flags; what they lead to is in `smoke/`. */
import type { CommandModule } from '../command.ts';
import { explain } from '../examples.ts';
import { durationFlag } from '../flags/duration.ts';
import { numberFlag } from '../flags/number.ts';
import { type SmokeFlags, seedFlag } from '../smoke/options.ts';

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .option(
        '--only <words>',
        'only checks with these words in their name, and what gives them values; repeatable',
        collect,
      )
      .option('--bail', 'end at the first check that does not pass')
      .option('--repeat <n>', 'make the checks so many times', numberFlag('--repeat', 1, 100_000), 1)
      .option('--shuffle [seed]', 'in a random order; a seed repeats it', seedFlag)
      .option('--fresh', 'on new databases, in a namespace of its own that is thrown away')
      .option('--parallel', 'beside other runs of this project: --fresh, and any free port for the gateway')
      .option('--keep', 'leave the system running that was started for the checks')
      .option('--wait-timeout <time>', 'until it is healthy (exit 5)', durationFlag('--wait-timeout'), 120_000)
      .option('--timeout <time>', 'for the whole run (exit 5)', durationFlag('--timeout'), 1_800_000)
      .option('--junit <file>', 'also write JUnit XML')
      .option('--json', 'one value for programs');
    explain(
      command,
      [
        { line: 'msvc smoke', does: 'start the system if it does not run, check it, stop it' },
        { line: 'msvc smoke --fresh --junit reports/smoke.xml', does: 'in CI: nothing kept, results for the CI' },
        { line: 'msvc smoke --only "an order"', does: 'one check, and what it needs' },
        { line: 'msvc smoke --repeat 50 --shuffle', does: 'find out whether checks depend on each other' },
      ],
      [
        'The checks stand under `smoke` in msvc.yaml. A system that runs already is used and left running.',
        'Exit codes: 0 all passed, 1 one did not, 3 the file is wrong, 4 the machine lacks something, 5 out of time.',
        'After a failure `.msvc/reports/` has the definition, events, logs, edges and responses of the run.',
      ],
    );
    bind(command, async (context, flags: SmokeFlags) => await (await import('../smoke/run.ts')).smoke(context, flags));
  },
};

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
