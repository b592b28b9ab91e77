/** Runs a command inside a container and waits for its end: for probes. Keeps the first of what it says. */
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { Executed, FilledCommand } from '../driver.ts';
import { exitOf } from '../exit.ts';
import { outputReader } from './output.ts';

const KEPT_CHARACTERS = 200;

export function argvOf(command: FilledCommand): string[] {
  return command.kind === 'exec' ? [...command.argv] : ['/bin/sh', '-c', command.line];
}

/**
 * When `signal` aborts, the command is killed where this machine can see it; in a VM it is left to end by itself.
 * @throws the engine's error, or the signal's reason
 */
export async function execute(
  container: Docker.Container,
  command: FilledCommand,
  signal: AbortSignal,
): Promise<Executed> {
  const exec = await container.exec({ Cmd: argvOf(command), AttachStdout: true, AttachStderr: true });
  const stream = (await exec.start({ Detach: false, Tty: false })) as unknown as Readable;
  let said = '';
  const read = outputReader(false, (_stream, chunk) => {
    if (said.length < KEPT_CHARACTERS) said += chunk.toString('utf8');
  });
  stream.on('data', read);
  await new Promise<void>((resolve) => {
    const abort = (): void => {
      void killExec(exec).finally(() => stream.destroy());
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    stream.once('error', () => {});
    stream.once('close', () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
  signal.throwIfAborted();
  const { ExitCode: code } = await exec.inspect();
  return { exit: exitOf(code ?? 0), said };
}

async function killExec(exec: Docker.Exec): Promise<void> {
  try {
    const { Running: running, Pid: pid } = await exec.inspect();
    if (running && pid > 0 && process.platform === 'linux') process.kill(pid, 'SIGKILL');
  } catch {
    // Another user's process, or one of a VM.
  }
}
