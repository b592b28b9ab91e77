/** The smoke checks of the running system, run beside the dashboard by `msvc smoke` itself; what came of them in a line. */
import { execFile } from 'node:child_process';
import type { Context } from '../context.ts';
import { definedOf } from '../environment.ts';
import type { SmokeJson } from '../json-contract.ts';
import { count, list } from '../wording/lists.ts';
import type { Tone } from '../wording/saying.ts';
import { duration } from '../wording/time.ts';

/** @param only words in the names of the checks; none = all */
export async function runSmoke(only: readonly string[], context: Context): Promise<{ text: string; tone: Tone }> {
  const { globals, cwd, env } = context;
  const args = [
    ...globals.files.flatMap((file) => ['--file', file]),
    ...(globals.projectName === undefined ? [] : ['--project-name', globals.projectName]),
    'smoke',
    '--json',
    ...only.flatMap((words) => ['--only', words]),
  ];
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [process.argv[1] ?? '', ...args],
      { cwd, env: definedOf(env), maxBuffer: 1 << 26 },
      (_error, stdout, stderr) => resolve({ stdout, stderr }),
    );
  });
  return resultText(stdout, stderr);
}

/** What `msvc smoke --json` printed, as one sentence. */
function resultText(stdout: string, stderr: string): { text: string; tone: Tone } {
  const result = parsed(stdout) as Partial<SmokeJson> | undefined;
  if (!result?.checks) {
    const error = parsed(stderr) as { error?: { message?: string }; message?: string } | undefined;
    const message = error?.error?.message ?? error?.message ?? stderr.trim().split('\n')[0];
    return { text: message || 'the smoke checks could not be run', tone: 'warn' };
  }
  const wrong = result.checks.filter(({ state }) => state === 'failed' || state === 'error');
  const passed = result.passed ?? 0;
  if (wrong.length === 0) {
    return { text: `${count(passed, 'smoke check')} passed in ${duration(result.checksMs ?? 0)}`, tone: 'good' };
  }
  const why = wrong.length === 1 ? `: ${wrong[0]?.reasons[0]?.split('\n')[0] ?? ''}` : '';
  const names = list(
    wrong.map(({ name }) => name),
    3,
  );
  return { text: `${count(wrong.length, 'smoke check')} failed (${names})${why}; ${passed} passed`, tone: 'bad' };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
