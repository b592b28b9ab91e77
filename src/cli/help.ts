/** How help looks: titles in bold, at most 100 columns, the same text with and without colours. */
import type { Command } from 'commander';
import type { Output } from './output.ts';

const MAX_COLUMNS = 100;

export function configureHelp(program: Command, { out, err }: { readonly out: Output; readonly err: Output }): void {
  program.configureOutput({
    writeOut: (text) => out.write(text),
    writeErr: (text) => err.write(text),
    // Errors are printed by print-error.ts alone.
    outputError: () => {},
    getOutHelpWidth: () => Math.min(out.columns, MAX_COLUMNS),
    getErrHelpWidth: () => Math.min(err.columns, MAX_COLUMNS),
    getOutHasColors: () => out.style.enabled,
    getErrHasColors: () => err.style.enabled,
  });
  program.configureHelp({
    styleTitle: (title) => (out.style.enabled ? out.style.bold(title) : title),
    sortSubcommands: false,
    subcommandTerm: (command) => command.name(),
  });
}
