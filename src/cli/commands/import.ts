/** `msvc import`: its flags; what they lead to is in `begin/`. */
import type { ImportFlags } from '../begin/import.ts';
import type { CommandModule } from '../command.ts';
import { explain } from '../examples.ts';

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('<path>', 'the file of the other tool')
      .option('-o, --output <path>', 'the file that is written; msvc.yaml beside the other if left out')
      .option('--dry-run', 'print what would be written and do nothing')
      .option('--json', 'one object, for programs');
    explain(
      command,
      [
        { line: 'msvc import compose.yaml', does: 'services as processes and containers' },
        { line: 'msvc import Procfile --dry-run', does: 'what it would come to' },
        { line: 'msvc import package.json', does: 'each workspace with a dev or start script' },
      ],
      [
        'For each line it says what became of it: kept, translated, or `needs you`. Nothing is lost: what msvc cannot take over stands as a comment in its place, with the reason.',
        'It reads Compose files, Procfiles, process-compose.yaml, mprocs.yaml and npm workspaces. It overwrites nothing.',
      ],
    );
    bind(command, async (context, path: string, flags: ImportFlags) =>
      (await import('../begin/import.ts')).importInto(context, path, flags),
    );
  },
};
