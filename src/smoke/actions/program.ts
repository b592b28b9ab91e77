/** `run`: any program in the environment of the system, in a group of its own, so that nothing of it stays behind. */
import { spawn } from 'node:child_process';
import type { SmokeAction } from '../../model/smoke.ts';
import { fillTemplate } from '../../model/template.ts';
import type { Outcome } from '../outcome.ts';
import { CheckProblem } from '../result.ts';
import { cut } from './request.ts';

type Run = Extract<SmokeAction, { kind: 'run' }>;

const MAX_OUTPUT_CHARACTERS = 1024 * 1024;
const GRACE_MS = 2000;

/** @throws CheckProblem when it could not be started, took too long, or the run was ended */
export async function program(
  { command, workingDir, timeoutMs }: Run,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Outcome> {
  const argv =
    command.kind === 'shell'
      ? ['sh', '-c', command.line]
      : command.argv.map((argument) => fillTemplate(argument, environment));
  const [file = 'sh', ...args] = argv;
  const from = performance.now();
  const child = start(file, args, { cwd: workingDir, env: environment });
  let output = '';
  let all = '';
  const keep = (text: string, piece: string): string => (text + piece).slice(-MAX_OUTPUT_CHARACTERS);
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    output = keep(output, piece);
    all = keep(all, piece);
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    all = keep(all, piece);
  });
  const timedOut = AbortSignal.timeout(timeoutMs);
  const over = AbortSignal.any([signal, timedOut]);
  const end = (): void => {
    signalGroup(child.pid, 'SIGTERM');
    setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE_MS).unref();
  };
  // A signal that was aborted before anybody listened says nothing more.
  if (over.aborted) end();
  else over.addEventListener('abort', end, { once: true });
  try {
    const exit = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, by) => resolve(code ?? (by === null ? 1 : 128)));
    });
    const exchange = { sent: argv.join(' '), received: cut(all) };
    if (signal.aborted) throw new CheckProblem({ kind: 'aborted', message: 'the run was ended' }, exchange);
    if (timedOut.aborted) {
      throw new CheckProblem({ kind: 'timeout', message: `not ended within ${timeoutMs} ms` }, exchange);
    }
    return { kind: 'program', headers: {}, body: output, exit, tookMs: performance.now() - from, exchange };
  } catch (error) {
    if (error instanceof CheckProblem) throw error;
    throw new CheckProblem({ kind: 'launch', message: (error as Error).message });
  } finally {
    over.removeEventListener('abort', end);
    // What it has started and not ended goes with it.
    signalGroup(child.pid, 'SIGKILL');
  }
}

/** Node reports some failures to start a program by throwing, and the rest by an event. */
function start(file: string, args: readonly string[], where: { cwd: string; env: NodeJS.ProcessEnv }) {
  try {
    return spawn(file, args, { ...where, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new CheckProblem({ kind: 'launch', message: (error as Error).message });
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}
