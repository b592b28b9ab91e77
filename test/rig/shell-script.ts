/** Runs the lines of a documentation's code block as a person would paste them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import type { Rig } from './msvc-rig.ts';
import { within } from './wait.ts';

/** Must exit 0. @returns its output, both streams */
export async function runScript(
  rig: Rig,
  script: string,
  env: Readonly<Record<string, string>> = {},
  patienceMs = 90_000,
): Promise<string> {
  const child = spawn('bash', ['-e', '-u', '-o', 'pipefail', '-c', script], {
    cwd: rig.dir,
    env: { ...rig.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  const [code] = await within(once(child, 'close') as Promise<[number]>, () => `${script}\n${output}`, patienceMs);
  rig.transcript.push(`$ ${script}${output}`);
  expect(code, `${script}\n${output}`).toBe(0);
  return output;
}
