/** What msvc's own commands say about a running project, read as a program would. */
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { msvcCommand } from '../systems/msvc.ts';
import type { Workspace } from './workspace.ts';

const run = promisify(execFile);

async function json<T>(work: Workspace, cwd: string, ...args: readonly string[]): Promise<T> {
  const [program, ...rest] = msvcCommand(work, ...args, '--json');
  const { stdout } = await run(program!, rest, { cwd });
  return JSON.parse(stdout) as T;
}

export interface Instance {
  readonly service: string;
  readonly replica: number;
  readonly health: string | null;
  readonly pid: number;
}

export function instances(work: Workspace, cwd: string): Promise<Instance[]> {
  return json(work, cwd, 'ps');
}

export async function gatewayUrl(work: Workspace, cwd: string): Promise<string> {
  const all = await json<{ dir: string; gateway: string | null }[]>(work, cwd, 'ls');
  const url = all.find(({ dir }) => dir === cwd)?.gateway;
  if (url === undefined || url === null) throw new Error('the gateway is not listening');
  return url;
}

/** Of an event, what is looked at here; `at` is milliseconds of the wall clock. */
export interface SeenEvent {
  readonly type: string;
  readonly at: number;
  readonly instance?: string;
  readonly delayMs?: number;
}

/** Follows `msvc events --follow --json`. */
export function followEvents(work: Workspace, cwd: string) {
  const [program, ...args] = msvcCommand(work, 'events', '--follow', '--json');
  const reader = spawn(program!, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const seen: SeenEvent[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: reader.stdout }).on('line', (line) => {
    seen.push(JSON.parse(line) as SeenEvent);
    for (const look of [...waiting]) look();
  });
  return {
    /** The first event that fits, past or to come. */
    find(fits: (event: SeenEvent) => boolean, limitMs = 20_000): Promise<SeenEvent> {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error('an event that was waited for did not come'));
        }, limitMs);
        const look = (): void => {
          const found = seen.find(fits);
          if (!found) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
    stop(): void {
      reader.kill('SIGKILL');
    },
  };
}
