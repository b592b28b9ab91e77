/** `msvc completion`: the script that teaches a shell the commands, flags and services. Made from the commander tree. */
import { Argument } from 'commander';
import type { CommandModule } from '../command.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { commandSpecs, flagsOf } from '../completion/spec.ts';
import { zshScript } from '../completion/zsh.ts';
import { explain } from '../examples.ts';
import { wholeProgram } from '../program.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript };

export const { define }: CommandModule = {
  define(command, bind) {
    command.addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(SCRIPTS)));
    explain(command, [
      { line: 'echo \'eval "$(msvc completion bash)"\' >> ~/.bashrc', does: 'bash' },
      { line: 'echo \'eval "$(msvc completion zsh)"\' >> ~/.zshrc', does: 'zsh, after compinit' },
      { line: 'msvc completion fish > ~/.config/fish/completions/msvc.fish', does: 'fish' },
    ]);
    bind(command, async (context, shell: keyof typeof SCRIPTS) => {
      const { COMMANDS } = await import('./index.ts');
      const program = await wholeProgram(context, COMMANDS);
      context.out.write(SCRIPTS[shell](commandSpecs(program), flagsOf(program)));
      return 0;
    });
  },
};
