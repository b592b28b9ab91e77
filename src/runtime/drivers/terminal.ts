/**
 * A terminal for a process. Node can make none; the program `script` (util-linux, BSD) is on every Linux and macOS. It makes the terminal, runs a command as the leader
 * of the terminal's session, and passes bytes on between the terminal and the pipes it is given. That command is a few
 * lines of `sh`: they say who they are, wait until that has been written down, and become the program. So pid, group
 * and signals are the program's own, as without a terminal.
 */
import { spawn } from 'node:child_process';
import type { Exit } from '../../model/instance.ts';
import type { Child, Launch } from '../children/child.ts';
import { INSTANCE_MARK } from '../marks.ts';
import type { LaunchRequest } from './driver.ts';
import { exitOf } from './exit.ts';
import { launchFailed, missingProgram } from './launch-error.ts';
import { findProgram, type Program } from './program.ts';

export interface TerminalLeader {
  readonly pid: number;
  /** The terminal's file, such as `/dev/pts/4`. */
  readonly device: string;
}

const SCRIPT = 'script';
const SHELL = '/bin/sh';
/** Until somebody attaches. */
const SIZE = 'rows 24 cols 80';
/** Descriptor 3 is the engine's. `script` must run a plain shell and bear no mark of the instance: both come here. */
const BEGIN = [
  'printf "%s %s\\n" $$ "$(tty)" >&3; read -r _ <&3 || exit 1; exec 3>&-',
  `stty sane ${SIZE}`,
  'if [ -n "$1" ]; then SHELL=$1; export SHELL; else unset SHELL; fi',
  `${INSTANCE_MARK}=$2; TERM=\${TERM:-xterm-256color}; export ${INSTANCE_MARK} TERM; shift 2`,
  'exec "$@"',
].join('; ');

/** What is launched in a program's place. */
export interface TerminalHolder {
  readonly holder: Program;
  readonly stdio: Launch['stdio'];
  readonly environment: Readonly<Record<string, string>>;
}

/** @throws MsvcError MSVC_INTERPRETER_MISSING when there is no `script` */
export function inTerminal(
  request: LaunchRequest,
  { name, file, args }: Program,
  fds: readonly (number | 'ignore')[],
): TerminalHolder {
  const { environment, run } = request;
  const found = findProgram(SCRIPT, environment, run.workingDir ?? '/');
  if (found.kind === 'missing') throw missingProgram(request, SCRIPT);
  const { [INSTANCE_MARK]: mark = '', SHELL: shell = '', ...rest } = environment;
  const words = [SHELL, '-c', BEGIN, 'sh', shell, mark, file, ...args];
  const asked =
    process.platform === 'linux'
      ? ['-qfec', `exec ${words.map(quoted).join(' ')}`, '/dev/null']
      : ['-q', '/dev/null', ...words];
  // Without input `script` would type an end of file for ever; a pipe that nobody writes to is as empty.
  const stdio = [fds[0] === 'ignore' ? ('pipe' as const) : fds[0]!, ...fds.slice(1), 'pipe' as const];
  return { holder: { name, file: found.file, argv0: SCRIPT, args: asked }, stdio, environment: { ...rest, SHELL } };
}

/**
 * Who leads the terminal's session. It becomes the program once `onLeader` has returned.
 * @throws MsvcError MSVC_LAUNCH_FAILED when `script` ends before it could say
 */
export async function terminalLeader(
  child: Child,
  request: LaunchRequest,
  onLeader: (pid: number) => void,
): Promise<TerminalLeader> {
  const talk = child.end(3)!;
  talk.on('error', () => {});
  const said = await new Promise<string>((resolve) => {
    let text = '';
    talk.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text);
    });
    talk.once('close', () => resolve(text));
  });
  const [, pid, device] = /^(\d+) (\S+)\n/.exec(said) ?? [];
  if (pid === undefined || device === undefined) {
    talk.destroy();
    throw launchFailed(request, SCRIPT, new Error('it made no terminal'));
  }
  onLeader(Number(pid));
  // `script` keeps its own end of it open for as long as it runs.
  talk.end('\n', () => talk.destroy());
  return { pid: Number(pid), device };
}

/** `script` ends as a shell does: 128 and the signal's number for a program that a signal ended. */
export function exitThrough(exit: Exit): Exit {
  return exit.code === null ? exit : exitOf(exit.code);
}

/** Programs in the foreground of the terminal are told (SIGWINCH). */
export function resizeTerminal(device: string, columns: number, rows: number): void {
  const flag = process.platform === 'linux' ? '-F' : '-f';
  const child = spawn('stty', [flag, device, 'rows', String(rows), 'cols', String(columns)], { stdio: 'ignore' });
  child.on('error', () => {});
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
