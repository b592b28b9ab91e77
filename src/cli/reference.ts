/**
 * docs/reference/commands.md and errors.md as text, made from the commander tree and from the table of errors, so that
 * neither can say something else than the program.
 */
import type { Command, Option } from 'commander';
import { ERRORS, type ErrorCode, type ErrorKind, EXIT_CODES, exitCodeOf } from '../model/error.ts';
import { GROUPS } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { isHidden } from './completion/spec.ts';
import { explanationOf } from './examples.ts';
import { GLOBAL_FLAGS } from './globals.ts';
import { Output } from './output.ts';
import { wholeProgram } from './program.ts';
import { ERROR_WORDING } from './wording/errors.ts';

export async function commandReference(): Promise<string> {
  const silent = new Output({ write: () => true, on: () => {}, once: () => {} }, {});
  const program = await wholeProgram({ cwd: '/', env: {}, out: silent, err: silent }, COMMANDS);
  const shown = program.commands.filter((command) => !isHidden(command));
  const overview = GROUPS.map((group) => {
    const rows = COMMANDS.filter((entry) => entry.group === group);
    return `**${group}**\n\n${rows.map((entry) => `- [\`${entry.name}\`](#msvc-${entry.name}): ${entry.summary}`).join('\n')}`;
  });
  return `# Commands

${overview.join('\n\n')}

## Flags of every command

They may stand before the command or after it; where a command has its own meaning for a short flag (\`logs -f\`), only
the long form is taken there.

${flagTable(program.options.filter((option) => option.long !== '--version'))}

## Exit codes

${exitCodeTable()}

${shown.map((command) => section(command, '##')).join('\n\n')}
`;
}

function section(command: Command, level: string): string {
  const { examples, notes } = explanationOf(command);
  const path = pathOf(command);
  const own = command.options.filter((option) => !isGlobal(option));
  const parts = [
    `${level} msvc ${path}`,
    command.description() || `${command.summary()}.`,
    ...(command.commands.length > 0 ? [] : [`\`\`\`\nmsvc ${path} ${command.usage()}\n\`\`\``]),
  ];
  const described = command.registeredArguments.filter((argument) => argument.description !== '');
  if (described.length > 0) {
    parts.push(described.map((argument) => `- \`${argument.name()}\`: ${argument.description}`).join('\n'));
  }
  if (own.length > 0 && command.commands.length === 0) parts.push(flagTable(own));
  parts.push(...notes);
  if (examples.length > 0) {
    const width = Math.max(...examples.map((example) => example.line.length));
    const lines = examples.map((example) => `${example.line.padEnd(width)}  # ${example.does}`);
    parts.push(`\`\`\`sh\n${lines.join('\n')}\n\`\`\``);
  }
  parts.push(...command.commands.map((sub) => section(sub, `${level}#`)));
  return parts.join('\n\n');
}

function pathOf(command: Command): string {
  return command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
}

function isGlobal(option: Option): boolean {
  return GLOBAL_FLAGS.some(
    ({ flags, description }) => flags.includes(option.long ?? '?') && description === option.description,
  );
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function flagTable(options: readonly Option[]): string {
  const rows = options.map((option) => {
    const value = option.defaultValueDescription ?? option.defaultValue;
    const standard =
      value === undefined || typeof value === 'boolean' || String(value) === '' ? '' : ` (default ${String(value)})`;
    const choices = option.argChoices ? `: ${option.argChoices.map((choice) => `\`${choice}\``).join(', ')}` : '';
    return `| \`${cell(option.flags)}\` | ${cell(option.description)}${choices}${standard} |`;
  });
  return ['| flag | |', '|---|---|', ...rows].join('\n');
}

const KINDS: Readonly<Record<ErrorKind, string>> = {
  service: 'a service failed',
  usage: 'the command line is wrong',
  spec: 'the definition (msvc.yaml) is wrong; nothing was started',
  environment: 'the machine lacks something',
  timeout: 'the time was over',
  absent: 'no such project is running',
  internal: 'a bug in msvc',
};

function exitCodeTable(): string {
  const rows = Object.entries(KINDS).map(([kind, text]) => `| ${EXIT_CODES[kind as ErrorKind]} | ${text} |`);
  const own =
    '| other | `exec`, `run` and `up --exit-code-from` pass on the code of the child; 128 + n when signal n ended it |';
  const ctrlC = '| 130 | `up`: killed by a second Ctrl-C |';
  return ['| code | |', '|---|---|', '| 0 | fine |', ...rows, ctrlC, own].join('\n');
}

/** Every error by kind: code, exit code, what it means and what to do. */
export function errorReference(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  const sections = codes.map(
    (code) =>
      `## ${code}\n\n**${ERRORS[code].title}** (exit code ${exitCodeOf(code)}: ${KINDS[ERRORS[code].kind]})\n\n${ERROR_WORDING[code].about}`,
  );
  return `# Errors

Every error has a code, a sentence and, where there is one, a place in a file and a hint. The code is stable: scripts may
match on it. With \`--json\`, a command that fails prints one JSON object, \`{"error": {"code", "message", "facts", ...}}\`,
on standard error. The exit code tells the kind.

${exitCodeTable()}

${sections.join('\n\n')}
`;
}
