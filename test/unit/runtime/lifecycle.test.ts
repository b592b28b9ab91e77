import { describe, expect, it } from 'vitest';
import type { StopReason } from '../../../src/model/instance.ts';
import { PHASES } from '../../../src/model/instance.ts';
import {
  type Goal,
  type Input,
  type InputType,
  type State,
  step,
  TABLE,
  type Verdict,
} from '../../../src/runtime/lifecycle.ts';

const policy = { retries: 3, restartsUnhealthy: true };
const reasons: StopReason[] = ['down', 'stop', 'scale', 'replaced', 'restart', 'kill'];
const verdicts: Verdict[] = [
  { action: 'complete' },
  { action: 'fail' },
  { action: 'relaunch', delayMs: 200, attempt: 1, crashLoop: false },
];
const goals: Goal[] = [
  { kind: 'stopped', reason: 'down' },
  { kind: 'decide', exit: null },
  { kind: 'decide', exit: { code: 1, signal: null } },
  { kind: 'relaunch' },
];
const booleans = [false, true];

/** Every state there can be, up to reasons. */
const states: State[] = PHASES.flatMap((phase): State[] => {
  if (phase === 'starting') return booleans.map((launched) => ({ phase, launched }));
  if (phase !== 'stopping') return [{ phase } as State];
  return goals.flatMap((goal) =>
    booleans.flatMap((launched) =>
      booleans.flatMap((signalled) =>
        booleans.flatMap((forced) => booleans.map((exited) => ({ phase, launched, signalled, forced, exited, goal }))),
      ),
    ),
  );
});

const inputs: Record<InputType, Input[]> = {
  launch: [{ type: 'launch' }],
  launched: [{ type: 'launched', pid: 7 }],
  'launch-failed': [{ type: 'launch-failed', error: { code: 'MSVC_LAUNCH_FAILED', message: '', facts: {} } }],
  'probe-passed': [{ type: 'probe-passed' }],
  'probe-failed': [1, 3].map((consecutive) => ({ type: 'probe-failed', consecutive, detail: 'refused' })),
  'start-timeout': [{ type: 'start-timeout' }],
  exited: [{ type: 'exited', exit: { code: 1, signal: null } }],
  drained: [{ type: 'drained' }],
  emptied: verdicts.map((verdict) => ({ type: 'emptied', verdict })),
  'grace-over': [{ type: 'grace-over' }],
  'backoff-over': [{ type: 'backoff-over' }],
  stop: reasons.map((reason) => ({ type: 'stop', reason })),
  kill: reasons.map((reason) => ({ type: 'kill', reason })),
};

describe('every phase x input cell', () => {
  for (const phase of PHASES) {
    for (const type of Object.keys(inputs) as InputType[]) {
      const cell = TABLE[phase][type];
      const told = cell === 'ignored' ? 'is ignored' : `leads to ${cell.to.join(', ')}`;
      it(`${phase} x ${type} ${told}`, () => {
        const reached = new Set<string>();
        for (const state of states.filter((s) => s.phase === phase)) {
          for (const input of inputs[type]) {
            for (const restartsUnhealthy of booleans) {
              const next = step(state, input, { ...policy, restartsUnhealthy });
              if (cell === 'ignored') expect(next).toEqual({ state, effects: [] });
              reached.add(next.state.phase);
            }
          }
        }
        // Everything the cell says it leads to is reached, and nothing else.
        expect([...reached].sort()).toEqual(cell === 'ignored' ? [phase] : [...cell.to].sort());
      });
    }
  }
});

/** Feeds inputs one after another; returns the last phase and all effects' names. */
function run(from: State, ...given: Input[]): { phase: string; effects: string[] } {
  let state = from;
  const effects: string[] = [];
  for (const input of given) {
    const next = step(state, input, policy);
    state = next.state;
    effects.push(...next.effects.map((effect) => effect.type));
  }
  return { phase: state.phase, effects };
}

describe('what must hold', () => {
  const exited: Input = { type: 'exited', exit: { code: 1, signal: null } };

  it('a crash leaves the registry before anything else is done', () => {
    expect(run({ phase: 'ready' }, exited).effects[0]).toBe('unregister');
  });

  it('a stop withdraws, then drains, and signals only once nothing is in flight', () => {
    expect(run({ phase: 'ready' }, { type: 'stop', reason: 'scale' }).effects).toEqual([
      'announce-stopping',
      'stop-probing',
      'withdraw',
      'drain',
    ]);
    expect(run({ phase: 'ready' }, { type: 'stop', reason: 'scale' }, { type: 'drained' }).effects.at(-1)).toBe(
      'terminate',
    );
  });

  it('a group is told to stop once, however its leader and its drain race', () => {
    const stop: Input = { type: 'stop', reason: 'down' };
    for (const order of [
      [stop, { type: 'drained' }, exited],
      [stop, exited, { type: 'drained' }],
    ] as Input[][]) {
      expect(run({ phase: 'ready' }, ...order).effects.filter((effect) => effect === 'terminate')).toHaveLength(1);
    }
  });

  it('unhealthy is out of balancing before it is restarted', () => {
    const { effects } = run({ phase: 'ready' }, { type: 'probe-failed', consecutive: 3, detail: 'timeout' });
    expect(effects.slice(0, 3)).toEqual(['withdraw', 'announce-unhealthy', 'announce-stopping']);
  });

  it('a stop wins over a restart that is under way', () => {
    const relaunch: Input = {
      type: 'emptied',
      verdict: { action: 'relaunch', delayMs: 1, attempt: 1, crashLoop: false },
    };
    expect(run({ phase: 'ready' }, exited, { type: 'stop', reason: 'down' }, relaunch).phase).toBe('stopped');
  });

  it('a stop during the launch is carried out as soon as there is somebody to stop', () => {
    const { phase, effects } = run(
      { phase: 'starting', launched: false },
      { type: 'stop', reason: 'down' },
      { type: 'drained' },
      { type: 'launched', pid: 3 },
    );
    expect(phase).toBe('stopping');
    expect(effects.filter((effect) => effect === 'terminate')).toHaveLength(1);
  });
});
