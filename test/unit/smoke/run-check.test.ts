/** Programs that checks run, as real processes; and what is taken back after a check. */
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import type { SmokeAction, SmokeCheck } from '../../../src/model/smoke.ts';
import { program } from '../../../src/smoke/actions/program.ts';
import { runCheck } from '../../../src/smoke/run-check.ts';
import type { SystemUnderTest } from '../../../src/smoke/system.ts';

type Run = Extract<SmokeAction, { kind: 'run' }>;

const PATH = { PATH: process.env.PATH ?? '/bin' };
const NEVER = new AbortController().signal;

function action(line: string, more: Partial<Run> = {}): Run {
  return { kind: 'run', command: { kind: 'shell', line }, workingDir: tmpdir(), timeoutMs: 600_000, ...more };
}

test('a run that was ended while its program was being prepared ends the program too', async () => {
  const ended = program(action('while :; do sleep 1; done'), PATH, AbortSignal.abort());
  await expect(ended).rejects.toMatchObject({ problem: { kind: 'aborted' } });
});

test('what keeps a program from starting is a problem of its check', async () => {
  const inFile = program(action('true', { workingDir: import.meta.filename }), PATH, NEVER);
  await expect(inFile).rejects.toMatchObject({ problem: { kind: 'launch', message: 'spawn ENOTDIR' } });
});

test('what one service refuses to take back does not keep the rest from being taken back', async () => {
  const undone: string[] = [];
  const system = {
    environment: async () => PATH,
    addFault: async () => async () => void undone.push('fault'),
    disturb: async () => {},
    recover: async ({ service }: { service: string }) => {
      undone.push(service);
      if (service === 'orders') throw new Error('orders does not come up');
    },
  } as unknown as SystemUnderTest;
  const check = {
    kind: 'check',
    name: 'without orders',
    action: action('exit 3'),
    expect: { status: [], headers: {}, jsonpath: {}, exit: 0 },
    capture: {},
    withFault: [{}],
    during: [
      { verb: 'stop', service: 'catalog' },
      { verb: 'stop', service: 'orders' },
    ],
    place: { file: '/msvc.yaml', line: 1, column: 1 },
  } as unknown as SmokeCheck;
  const around = {
    system,
    variables: new Map(),
    document: async () => null,
    sinceMs: 0,
    round: 1,
    signal: NEVER,
  };
  const { result } = await runCheck(check, around);
  expect(undone).toEqual(['orders', 'catalog', 'fault']);
  expect(result).toMatchObject({ state: 'error', problem: { message: 'orders does not come up' } });
});
