/**
 * A command inside a container in the foreground, as `msvc exec` runs it: with this terminal where there is one (raw,
 * resized with it), else with both streams apart. Its end is ours.
 */
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { outputReader } from './output.ts';

export interface ForegroundExec {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absent: the container's own. */
  readonly workingDir?: string;
}

/** @returns the exit code. @throws the engine's error (no such program is exit code 126 or 127, as in a shell) */
export async function execInForeground(
  container: Docker.Container,
  { argv, environment, workingDir }: ForegroundExec,
): Promise<number> {
  const { stdin, stdout } = process;
  const tty = stdin.isTTY === true && stdout.isTTY === true;
  const exec = await container.exec({
    Cmd: [...argv],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...(workingDir !== undefined && { WorkingDir: workingDir }),
  });
  const stream = (await exec.start({ hijack: true, stdin: true, Tty: tty })) as unknown as Duplex;
  const resize = (): void => {
    void exec.resize({ h: stdout.rows, w: stdout.columns }).catch(() => {});
  };
  if (tty) {
    stdin.setRawMode(true);
    resize();
    process.on('SIGWINCH', resize);
  }
  try {
    await new Promise<void>((resolve) => {
      const read = outputReader(tty, (name, chunk) => void process[name].write(chunk));
      stream.on('data', read);
      stream.once('error', () => resolve());
      stream.once('close', () => resolve());
      stream.once('end', () => resolve());
      stdin.pipe(stream);
    });
    const { ExitCode: code } = await exec.inspect();
    return code ?? 0;
  } finally {
    process.off('SIGWINCH', resize);
    stdin.unpipe(stream);
    if (tty) stdin.setRawMode(false);
    stdin.pause();
    (stdin as Partial<typeof stdin>).unref?.();
    stream.destroy();
  }
}
