/** `msvc init`: its flags; what they lead to is in `begin/`. */
import type { InitFlags } from '../begin/init.ts';
import type { CommandModule } from '../command.ts';
import { explain } from '../examples.ts';

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .option('-y, --yes', 'ask nothing: the usual answers, and what the flags say')
      .option('--name <name>', "the project's name; the folder's if left out")
      .option('--service <name>', 'with a first service of that name')
      .option('-t, --template <template>', 'what the first service is made from', 'javascript')
      .option('--import <path>', "another tool's file to begin with")
      .option('--no-import', "without looking for other tools' files")
      .option('--dry-run', 'print what would be written and do nothing')
      .option('--json', 'one object, for programs; asks nothing');
    explain(
      command,
      [
        { line: 'msvc init', does: 'asks two or three things' },
        { line: 'msvc init --yes --service orders', does: 'asks nothing; with a service that works' },
        { line: 'msvc init --import compose.yaml', does: 'the same as msvc import, and the rest' },
      ],
      [
        'Writes msvc.yaml and keeps `.msvc/` out of git. In a folder with a Compose file, a Procfile and the like it offers to import that. Overwrites nothing.',
      ],
    );
    bind(command, async (context, flags: InitFlags) => (await import('../begin/init.ts')).init(context, flags));
  },
};
