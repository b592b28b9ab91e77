/**
 * Runs an instance as a process: leader of its own session and group, both outputs real pipes into its log, no input
 * unless `stdin_open` asks for one. Every group is told to the guardian and written into the launch ledger before
 * anything else happens to it.
 */
import { closeSync, type Stats, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as pause, setImmediate } from 'node:timers/promises';
import type { InstanceId } from '../../model/names.ts';
import { type Child, type Launch, launchChild } from '../children/child.ts';
import type { StreamName } from '../logs/line-format.ts';
import { LOOPBACKS } from '../loopback.ts';
import { INSTANCE_MARK, RUN_MARK } from '../marks.ts';
import { sendSignal } from '../process-table.ts';
import { markedProcesses } from '../processes/marked.ts';
import type { ProcessRow } from '../processes/process-row.ts';
import type { Driver, Launchable, LaunchRequest, Member, ProcessLaunch, Reach, Running, Stdio } from './driver.ts';
import { ProcessGroup } from './group.ts';
import { launchFailed, missingProgram, missingWorkingDir } from './launch-error.ts';
import { describe } from './members.ts';
import { closePipe, type PipeEnds, type PipePool } from './pipes/index.ts';
import { findProgram, interpreterOf, type Program } from './program.ts';
import { readShellLine } from './shell-line.ts';
import { StdioOutput, writeInput } from './stdio.ts';
import { exitThrough, inTerminal, resizeTerminal, type TerminalLeader, terminalLeader } from './terminal.ts';

const SHELL = '/bin/sh';
const REACH: Reach = { hosts: LOOPBACKS, portOf: (port) => port };
/** How long output may stay open after the group is empty (a process that left it holds the pipe) until it counts as drained. */
const DRAIN_MS = 250;
/** Processes may fork while they are being killed: look again until none is left, this often at most. */
const KILL_ROUNDS = 10;
const KILL_PAUSE_MS = 5;

export interface ProcessDriverParts {
  readonly pipes: PipePool;
  /** Told each group that lives. */
  readonly guardian: { add(pgid: number): void; remove(pgid: number): void };
  /** Writes each launch down for a later sweep. */
  readonly ledger: { launched(launch: { pid: number; service: string }): void; gone(pid: number): void };
  /** Told what had left the instance's group and was killed by its marks. */
  readonly onForeign?: (request: LaunchRequest, members: readonly Member[]) => void;
}

interface Parts extends ProcessDriverParts {
  /** Of each instance the group that lives, the newest one; null while its leader is being started. */
  readonly latest: Map<InstanceId, ProcessGroup | null>;
}

export function createProcessDriver(given: ProcessDriverParts): Driver {
  const parts: Parts = { ...given, latest: new Map() };
  return {
    kind: 'process',
    check: (request) => void resolve(request),
    async launch(request, stop) {
      const { tty = false, stdinOpen = false } = processOf(request);
      const program = resolve(request);
      const pipes = await takePipes(parts.pipes, stdinOpen ? 3 : 2).catch((error: unknown) => {
        throw launchFailed(request, program.name, error);
      });
      const [stdout, stderr, stdin] = pipes as [PipeEnds, PipeEnds, PipeEnds?];
      const fds = [stdin?.readFd ?? 'ignore', stdout.writeFd, stderr.writeFd] as const;
      let child: Child;
      let leader: TerminalLeader | null = null;
      // What bears the instance's marks is of this launch from now on.
      parts.latest.set(request.instance, null);
      try {
        if (tty) [child, leader] = await startInTerminal(request, program, fds, parts, stop?.signal);
        else child = await start(request, program, fds);
        if (!leader) tell(child.pid!, request, parts);
      } catch (error) {
        parts.latest.delete(request.instance);
        for (const ends of pipes) closePipe(ends);
        throw error;
      }
      for (const { writeFd } of [stdout, stderr]) closeSync(writeFd);
      if (stdin) closeSync(stdin.readFd);
      const heard = new StdioOutput();
      const listener = (stream: StreamName) => (stdin ? (chunk: Buffer) => heard.take(stream, chunk) : undefined);
      const output = Promise.all([
        request.log.attach(stdout.readFd, 'stdout', listener('stdout')),
        request.log.attach(stderr.readFd, 'stderr', listener('stderr')),
      ]);
      const running = supervise(child, leader, request, output, parts);
      return stdin ? { ...running, stdio: stdioOf(stdin.writeFd, heard, leader, running.exited) } : running;
    },
  };
}

function tell(pid: number, { service }: LaunchRequest, { guardian, ledger }: ProcessDriverParts): void {
  guardian.add(pid);
  ledger.launched({ pid, service });
}

function forget(pid: number, { guardian, ledger }: ProcessDriverParts): void {
  guardian.remove(pid);
  ledger.gone(pid);
}

/** @returns the holder of the terminal, and the leader of the session in it; both have been told of. */
async function startInTerminal(
  request: LaunchRequest,
  program: Program,
  fds: readonly (number | 'ignore')[],
  parts: ProcessDriverParts,
  signal?: AbortSignal,
): Promise<[Child, TerminalLeader]> {
  const { holder, stdio, environment } = inTerminal(request, program, fds);
  const child = await start(request, holder, stdio, environment);
  tell(child.pid!, request, parts);
  return [child, await leaderOf(child, request, parts, signal)];
}

/** Where it comes to nothing, the holder of the terminal is ended and forgotten before this rejects. */
async function leaderOf(
  holder: Child,
  request: LaunchRequest,
  parts: ProcessDriverParts,
  signal?: AbortSignal,
): Promise<TerminalLeader> {
  const group = new ProcessGroup(holder.pid!);
  let settled = false;
  void holder.exited.then(() => settled || group.leaderExited());
  const onAbort = (): void => group.signal('SIGKILL');
  signal?.addEventListener('abort', onAbort);
  if (signal?.aborted) onAbort();
  try {
    return await terminalLeader(holder, request, (pid) => tell(pid, request, parts));
  } catch (error) {
    group.signal('SIGKILL');
    await group.emptied;
    forget(holder.pid!, parts);
    throw error;
  } finally {
    settled = true;
    signal?.removeEventListener('abort', onAbort);
  }
}

async function takePipes(pool: PipePool, count: number): Promise<readonly PipeEnds[]> {
  const taken = await Promise.allSettled(Array.from({ length: count }, () => pool.take()));
  const got = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = taken.find((one) => one.status === 'rejected');
  if (!failed) return got;
  for (const ends of got) closePipe(ends);
  throw failed.reason;
}

function stdioOf(stdinFd: number, heard: StdioOutput, leader: TerminalLeader | null, exited: Promise<unknown>): Stdio {
  const input = new Socket({ fd: stdinFd, readable: false, writable: true });
  // What is typed after its end is lost.
  input.on('error', () => input.destroy());
  void exited.then(() => input.destroy());
  return {
    isTerminal: leader !== null,
    listen: (listener) => heard.listen(listener),
    write: (bytes) => writeInput(input, bytes),
    resize: (columns, rows) => {
      if (leader) resizeTerminal(leader.device, columns, rows);
    },
  };
}

export function processOf({ run, service }: Launchable): ProcessLaunch {
  if (run.kind !== 'process') throw new Error(`${service} is not a process`);
  return run;
}

/** What to run, all that can be missing checked. @throws MsvcError */
function resolve(request: Launchable): Program {
  const { environment } = request;
  const { command, workingDir } = processOf(request);
  const folder = lookAt(request, workingDir);
  if (!folder?.isDirectory()) throw missingWorkingDir(request, folder ? 'file' : 'missing');
  if (command.kind === 'shell') {
    const { line, program } = readShellLine(command.line, environment);
    if (program !== null && findProgram(program, environment, workingDir).kind === 'missing') {
      throw missingProgram(request, program);
    }
    return { name: program ?? SHELL, file: SHELL, argv0: 'sh', args: ['-c', line] };
  }
  const [name = '', ...args] = command.argv;
  const found = findProgram(name, environment, workingDir);
  if (found.kind === 'missing') throw missingProgram(request, name);
  // Launched all the same when it is not executable: the system's own refusal is the truth.
  return { name, file: found.file, argv0: name, args };
}

function lookAt(request: Launchable, folder: string): Stats | undefined {
  try {
    return statSync(folder, { throwIfNoEntry: false });
  } catch {
    throw missingWorkingDir(request, 'closed');
  }
}

/** Resolves once the process exists. */
async function start(
  request: LaunchRequest,
  { name, file, argv0, args }: Program,
  stdio: Launch['stdio'],
  environment = request.environment,
): Promise<Child> {
  try {
    return await launchChild({ file, argv: [argv0, ...args], cwd: processOf(request).workingDir, environment, stdio });
  } catch (error) {
    // It was there a moment ago: then what its first line asks for is not.
    const interpreter = (error as NodeJS.ErrnoException).code === 'ENOENT' ? interpreterOf(file) : null;
    throw interpreter === null ? launchFailed(request, name, error) : missingProgram(request, interpreter);
  }
}

/** @param leader the process that the service is, where that is not the child: with a terminal the child holds it. */
function supervise(
  child: Child,
  leader: TerminalLeader | null,
  request: LaunchRequest,
  output: Promise<unknown>,
  parts: Parts,
): Running {
  const pid = leader?.pid ?? child.pid!;
  const group = new ProcessGroup(pid);
  parts.latest.set(request.instance, group);
  const exited = child.exited.then(async (exit) => {
    group.leaderExited();
    await pollOnce();
    return leader ? exitThrough(exit) : exit;
  });
  const emptied = group.emptied.then(() => {
    for (const one of new Set([pid, child.pid!])) forget(one, parts);
    if (parts.latest.get(request.instance) === group) parts.latest.delete(request.instance);
  });
  return {
    pid,
    reach: REACH,
    healthcheck: null,
    stopSignal: 'SIGTERM',
    exited,
    emptied,
    drained: Promise.race([output.then(() => emptied), emptied.then(() => pause(DRAIN_MS))]).then(() => undefined),
    signal: (signal) => group.signal(signal as NodeJS.Signals),
    kill: () => kill(group, request, parts),
    members: async () => describe(await group.members().catch(() => [])),
    async usage() {
      const members = await group.members().catch(() => []);
      if (members.length === 0) return null;
      return {
        cpuSeconds: members.reduce((sum, row) => sum + row.cpuSeconds, 0),
        memoryBytes: members.reduce((sum, row) => sum + row.memoryBytes, 0),
      };
    },
  };
}

/**
 * Resolves when what was in a pipe before the call has been read: the loop has looked at all descriptors once more, also at
 * those that came to it in the turn that goes on. The end of a process and its last words are there in the same moment, and
 * which of them is seen first is chance.
 */
async function pollOnce(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

async function kill(
  group: ProcessGroup,
  request: LaunchRequest,
  { onForeign, latest }: Parts,
): Promise<readonly number[]> {
  const killed = new Set<number>();
  for (let round = 0; round < KILL_ROUNDS; round += 1) {
    const [members, marked] = await Promise.all([
      group.members().catch(() => null),
      straysOf(request, group.pgid).catch(() => []),
    ]);
    // Once the instance is launched again, what bears its marks may be of that launch.
    const newest = latest.get(request.instance);
    const strays = newest === undefined || newest === group ? marked : [];
    if (members?.length === 0 && strays.length === 0) break;
    if (onForeign && strays.length > 0) onForeign(request, await describe(strays));
    // Killed unseen, too, when nobody could be asked who is in it.
    if (members?.length !== 0) group.signal('SIGKILL');
    for (const stray of strays) sendSignal(stray.pid, 'SIGKILL');
    for (const row of [...(members ?? []), ...strays]) killed.add(row.pid);
    await pause(KILL_PAUSE_MS);
  }
  return [...killed];
}

/** What bears this instance's marks but is not in its group. */
async function straysOf(request: LaunchRequest, pgid: number): Promise<readonly ProcessRow[]> {
  const run = request.environment[RUN_MARK];
  const instance = request.environment[INSTANCE_MARK];
  if (run === undefined || instance === undefined) return [];
  const marked = await markedProcesses(run);
  return marked.filter((row) => row.instance === instance && row.pgid !== pgid);
}
