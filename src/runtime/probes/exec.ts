/**
 * Healthy when a command exits 0. It runs in the service's folder with the service's environment, in a group of its
 * own that is killed whole when the time is over: a check must never pile up behind another. Of a container it runs
 * inside.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fillTemplate } from '../../model/template.ts';
import type { FilledCommand } from '../drivers/driver.ts';
import { readShellLine } from '../drivers/shell-line.ts';
import { filledCommand } from '../launch-request.ts';
import { sendSignal } from '../process-table.ts';
import type { Probe, ProbeContext, ProbeKind, ProbeResult } from './probe.ts';

const KEPT_CHARACTERS = 200;

export const exec: ProbeKind<'exec'> = {
  kind: 'exec',
  summary: 'a command exits 0',
  create(spec, context) {
    const { command } = spec;
    if (context.execute) return inside(filledCommand(command, context.environment), context, context.execute);
    const [program, ...args] =
      command.kind === 'shell'
        ? ['/bin/sh', '-c', readShellLine(command.line, context.environment).line]
        : command.argv.map((part) => fillTemplate(part, context.environment));
    return {
      kind: 'exec',
      gatePort: context.port,
      locatePort: context.port,
      repeats: true,
      check(signal) {
        return new Promise<ProbeResult>((resolve) => {
          const fail = (detail: string): void => resolve({ ok: false, detail, refused: false });
          if (signal.aborted) return fail('timed out');
          let child: ChildProcess;
          try {
            child = spawn(program!, args, {
              cwd: context.workingDir,
              env: context.environment,
              detached: true,
              stdio: ['ignore', 'pipe', 'pipe'],
            });
          } catch (error) {
            return fail((error as Error).message);
          }
          let said = '';
          // Node gives a child no outputs at all when this process has no descriptor left.
          const outputs = [child.stdout, child.stderr].filter((output) => output != null);
          for (const output of outputs) {
            output.setEncoding('utf8');
            output.on('data', (text: string) => {
              if (said.length <= KEPT_CHARACTERS) said += text;
            });
            output.on('error', () => {});
          }
          const abort = (): void => {
            fail(`timed out${tail(said)}`);
            if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
            for (const output of outputs) output.destroy();
          };
          signal.addEventListener('abort', abort, { once: true });
          child.once('error', (error) => fail(error.message));
          child.once('exit', (code, killedBy) => {
            if (code === 0) resolve({ ok: true, host: null });
            // What it left running (`cmd &`) must not add up, check by check.
            if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
            // Its last words may still be in the pipe.
            child.once('close', () => {
              signal.removeEventListener('abort', abort);
              fail(`exit ${code ?? killedBy}${tail(said)}`);
            });
          });
        });
      },
    };
  },
};

function inside(command: FilledCommand, { port }: ProbeContext, execute: NonNullable<ProbeContext['execute']>): Probe {
  return {
    kind: 'exec',
    gatePort: null,
    locatePort: port,
    repeats: true,
    async check(signal) {
      try {
        const { exit, said } = await execute(command, signal);
        if (exit.code === 0) return { ok: true, host: null };
        return { ok: false, detail: `exit ${exit.code ?? exit.signal}${tail(said)}`, refused: false };
      } catch (error) {
        const detail = signal.aborted ? 'timed out' : (error as Error).message;
        return { ok: false, detail, refused: false };
      }
    },
  };
}

function tail(said: string): string {
  const words = said.replace(/\s+/g, ' ').trim();
  // That it was cut must be seen: the mask looks for the beginning of a secret there.
  const line = words.length > KEPT_CHARACTERS ? `${words.slice(0, KEPT_CHARACTERS - 1)}…` : words;
  return line === '' ? '' : `: ${line}`;
}
