/**
 * The commander tree. Only the module of the command that was called is loaded; the others are names and summaries,
 * and even those only where a list of them is wanted (help, a misspelt command).
 */
import { Command, CommanderError } from 'commander';
import { MsvcError } from '../model/error.ts';
import { VERSION } from '../model/version.ts';
import type { Action, Bind, CommandEntry, CommandModule } from './command.ts';
import type { Surroundings } from './context.ts';
import { addGlobalFlags, addHelpFlag } from './global-flags.ts';
import { commandIndex, contextOf } from './globals.ts';
import { configureHelp } from './help.ts';

/** @returns the exit code: the command's, or that of help which was asked for (0) or needed (2). @throws MsvcError */
export async function runProgram(
  argv: readonly string[],
  around: Surroundings,
  commands: readonly CommandEntry[],
): Promise<number> {
  const given = helpAsFlag(argv);
  const at = commandIndex(given);
  const entry = at === -1 ? undefined : commands.find((known) => known.name === given[at]);
  // Of a command that does not exist there is no help.
  const args = at === -1 || entry ? given : given.filter((arg) => arg !== '--help' && arg !== '-h');
  const program = newProgram(around);
  let exitCode = 0;
  const bind = bindTo(around, (code) => {
    exitCode = code;
  });
  if (entry) define(program, entry, await entry.load(), bind);
  else for (const known of commands) stub(program, known);
  if (at === -1 && args.length === 0) {
    program.outputHelp();
    return 0;
  }
  if (at === -1 && args.some((arg) => arg === '-V' || arg === '--version')) {
    around.out.line(VERSION);
    return 0;
  }
  try {
    await program.parseAsync(args as string[], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return 0;
    if (error.code === 'commander.help') return 2;
    throw translate(error, args, program);
  }
  return exitCode;
}

/** The whole tree with every command's options, for the reference and the completion scripts. */
export async function wholeProgram(around: Surroundings, commands: readonly CommandEntry[]): Promise<Command> {
  const program = newProgram(around);
  const bind = bindTo(around, () => {});
  for (const entry of commands) define(program, entry, await entry.load(), bind);
  return program;
}

function newProgram(around: Surroundings): Command {
  const program = new Command('msvc');
  configureHelp(program, around);
  program
    .description('Run a whole microservice system on this machine from one file.')
    .usage('[options] <command>')
    .helpCommand(false)
    .exitOverride()
    .enablePositionalOptions();
  addGlobalFlags(program);
  program.option('-V, --version', 'print the version of msvc');
  addHelpFlag(program);
  return program;
}

function define(program: Command, entry: CommandEntry, module: CommandModule, bind: Bind): void {
  const command = stub(program, entry);
  module.define(command, bind);
  const leaves = command.commands.length > 0 ? command.commands : [command];
  for (const leaf of leaves) addGlobalFlags(leaf);
  for (const any of new Set([command, ...leaves])) addHelpFlag(any);
}

function stub(program: Command, entry: CommandEntry): Command {
  const command = program.command(entry.name, { hidden: entry.group === undefined });
  command.summary(entry.summary).description(`${entry.summary.charAt(0).toUpperCase()}${entry.summary.slice(1)}.`);
  if (entry.group !== undefined) command.helpGroup(`${entry.group}:`);
  return command;
}

function bindTo(around: Surroundings, finish: (exitCode: number) => void): Bind {
  return <A extends readonly unknown[]>(command: Command, action: Action<A>) => {
    command.action(async (...all: unknown[]) => {
      const context = contextOf(around, optionChain(command));
      finish((await action(context, ...(all.slice(0, -1) as unknown as A))) ?? 0);
    });
  };
}

function optionChain(command: Command): Record<string, unknown>[] {
  const chain: Record<string, unknown>[] = [];
  for (let at: Command | null = command; at; at = at.parent) chain.unshift(at.opts());
  return chain;
}

/** `msvc help up` is `msvc up --help`. */
function helpAsFlag(argv: readonly string[]): readonly string[] {
  const at = commandIndex(argv);
  if (at === -1 || argv[at] !== 'help') return argv;
  const rest = [...argv.slice(0, at), ...argv.slice(at + 1)];
  return [...rest, '--help'];
}

function translate(error: CommanderError, argv: readonly string[], program: Command): MsvcError {
  const [first = '', ...rest] = error.message
    .replace(/^error: /, '')
    .replaceAll("'", '"')
    .split('\n');
  const suggestion = /\(Did you mean (?:one of )?(.*?)\?\)/.exec(rest.join(' '))?.[1];
  const at = commandIndex(argv);
  const hint =
    suggestion !== undefined
      ? `did you mean ${suggestion}?`
      : `${at === -1 || error.code === 'commander.unknownCommand' ? '`msvc help`' : `\`msvc help ${commandPath(argv.slice(at), program)}\``} lists what there is`;
  return new MsvcError('MSVC_USAGE', plain(first), { hint, facts: { reason: error.code } });
}

/** `db query` of `db query orders --x`. */
function commandPath([name, ...rest]: readonly string[], above: Command): string {
  const command = above.commands.find((one) => one.name() === name);
  const below = command?.commands.find((one) => one.name() === rest[0]);
  return below ? `${name} ${commandPath(rest, command as Command)}` : (name ?? '');
}

/** Commander's sentences where they speak of its own inside. */
function plain(sentence: string): string {
  return sentence
    .replace(/^command-argument value (".*?") is invalid for argument ".*?"\. /, '$1 will not do. ')
    .replace(/^option "(.*?)" argument (".*?") is invalid\. /, '$1 does not take $2. ')
    .replace(/\.$/, '');
}
