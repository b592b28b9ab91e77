/**
 * The life of one instance as data: what each input does in each phase. Pure: no clock, no process, no timer; the
 * supervisor feeds it and performs the effects it returns, and is its only caller.
 *
 * Every phase x input cell stands in `TABLE`, as a transition or as `ignored` (an input that comes too late to
 * matter). A test walks all of them, and the chart in the docs is printed from the same table (`transitions`).
 */
import type { ErrorData } from '../model/error.ts';
import type { EndReason, Exit, Phase, StopReason } from '../model/instance.ts';

/** What follows when an instance has ended by itself; the restart policies decide (`restarts/`). */
export type Verdict =
  | { readonly action: 'relaunch'; readonly delayMs: number; readonly attempt: number; readonly crashLoop: boolean }
  | { readonly action: 'complete' }
  | { readonly action: 'fail' };

export type State =
  | { readonly phase: 'pending' }
  /** `launched: false` while the driver has not answered yet. */
  | { readonly phase: 'starting'; readonly launched: boolean }
  | { readonly phase: 'ready' }
  | { readonly phase: 'unhealthy' }
  | {
      readonly phase: 'stopping';
      readonly launched: boolean;
      readonly signalled: boolean;
      readonly forced: boolean;
      readonly exited: boolean;
      readonly goal: Goal;
    }
  | { readonly phase: 'backing-off' }
  | { readonly phase: 'stopped' }
  | { readonly phase: 'completed' }
  | { readonly phase: 'failed' };

/** What a stopping instance becomes once its group is empty. */
export type Goal =
  | { readonly kind: 'stopped'; readonly reason: StopReason }
  /** It ended by itself, or was ended for its health: the restart policy decides. */
  | { readonly kind: 'decide'; readonly exit: Exit | null; readonly because?: EndReason }
  | { readonly kind: 'relaunch' };

export type Input =
  | { readonly type: 'launch' }
  | { readonly type: 'launched'; readonly pid: number }
  | { readonly type: 'launch-failed'; readonly error: ErrorData }
  | { readonly type: 'probe-passed' }
  | { readonly type: 'probe-failed'; readonly consecutive: number; readonly detail: string }
  | { readonly type: 'start-timeout' }
  | { readonly type: 'exited'; readonly exit: Exit }
  | { readonly type: 'drained' }
  /** `verdict` is asked for beforehand; it is used only when the goal is to decide. */
  | { readonly type: 'emptied'; readonly verdict: Verdict }
  | { readonly type: 'grace-over' }
  | { readonly type: 'backoff-over' }
  | { readonly type: 'stop'; readonly reason: StopReason }
  | { readonly type: 'kill'; readonly reason: StopReason };

export type InputType = Input['type'];

export type Effect =
  | { readonly type: 'launch' }
  | { readonly type: 'announce-launched'; readonly pid: number }
  | { readonly type: 'start-probing' }
  | { readonly type: 'stop-probing' }
  | { readonly type: 'announce-ready' }
  | { readonly type: 'announce-recovered' }
  | { readonly type: 'announce-unhealthy'; readonly consecutive: number; readonly detail: string }
  | { readonly type: 'announce-probe-failed'; readonly detail: string }
  | { readonly type: 'announce-exited'; readonly exit: Exit; readonly expected: boolean }
  /** Put the registry's row to `ready`. */
  | { readonly type: 'register' }
  /** No new requests; those in flight may finish. */
  | { readonly type: 'withdraw' }
  /** The row is gone. */
  | { readonly type: 'unregister' }
  /** Wait for the requests in flight, then `drained`. */
  | { readonly type: 'drain' }
  /** The stop signal to the group, the grace timer begins. */
  | { readonly type: 'terminate' }
  | { readonly type: 'force' }
  | { readonly type: 'back-off'; readonly delayMs: number; readonly attempt: number; readonly crashLoop: boolean }
  | { readonly type: 'announce-stopping'; readonly reason: StopReason }
  | { readonly type: 'announce-stopped'; readonly reason: StopReason }
  | { readonly type: 'announce-completed' }
  | { readonly type: 'announce-failed'; readonly error: ErrorData | null; readonly because?: EndReason | undefined };

export interface Policy {
  /** Failures in a row that make an instance unhealthy. */
  readonly retries: number;
  /** false: an unhealthy instance stays and may recover (`restart: no`). */
  readonly restartsUnhealthy: boolean;
}

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

type Act<P extends Phase, I extends InputType> = (
  state: Extract<State, { phase: P }>,
  input: Extract<Input, { type: I }>,
  policy: Policy,
) => Step;

interface Transition<P extends Phase, I extends InputType> {
  /** Every phase it can lead to; a test compares it with what `act` returns. */
  readonly to: readonly Phase[];
  readonly act: Act<P, I>;
}

type Table = { readonly [P in Phase]: { readonly [I in InputType]: Transition<P, I> | 'ignored' } };

const launch = {
  to: ['starting'],
  act: (): Step => ({ state: { phase: 'starting', launched: false }, effects: [{ type: 'launch' }] }),
} as const;

function stopping(goal: Goal, extra: Partial<Extract<State, { phase: 'stopping' }>> = {}): State {
  return { phase: 'stopping', launched: true, signalled: false, forced: false, exited: false, goal, ...extra };
}

/** A running instance that is asked to stop: out of balancing, drained, then signalled. */
function beginStop(goal: Goal, reason: StopReason): Step {
  return {
    state: stopping(goal),
    effects: [{ type: 'announce-stopping', reason }, { type: 'stop-probing' }, { type: 'withdraw' }, { type: 'drain' }],
  };
}

function beginEnd(because: EndReason): Step {
  return beginStop({ kind: 'decide', exit: null, because }, because);
}

function beginKill(reason: StopReason): Step {
  return {
    state: stopping({ kind: 'stopped', reason }, { forced: true }),
    effects: [
      { type: 'announce-stopping', reason },
      { type: 'stop-probing' },
      { type: 'unregister' },
      { type: 'force' },
    ],
  };
}

/** The leader ended by itself: gone from the registry at once; what it left of its group is ended too. */
function ended(exit: Exit): Step {
  return {
    state: stopping({ kind: 'decide', exit }, { exited: true, signalled: true }),
    effects: [
      { type: 'unregister' },
      { type: 'stop-probing' },
      { type: 'announce-exited', exit, expected: false },
      { type: 'terminate' },
    ],
  };
}

function settle(goal: Goal, verdict: Verdict): Step {
  switch (goal.kind) {
    case 'stopped':
      return {
        state: { phase: 'stopped' },
        effects: [{ type: 'unregister' }, { type: 'announce-stopped', reason: goal.reason }],
      };
    case 'relaunch':
      return { state: { phase: 'starting', launched: false }, effects: [{ type: 'unregister' }, { type: 'launch' }] };
    case 'decide':
      switch (verdict.action) {
        case 'complete':
          return { state: { phase: 'completed' }, effects: [{ type: 'unregister' }, { type: 'announce-completed' }] };
        case 'fail':
          return {
            state: { phase: 'failed' },
            effects: [{ type: 'unregister' }, { type: 'announce-failed', error: null, because: goal.because }],
          };
        case 'relaunch':
          return {
            state: { phase: 'backing-off' },
            effects: [{ type: 'unregister' }, { ...verdict, type: 'back-off' }],
          };
      }
  }
}

const stoppedAtOnce = {
  to: ['stopped'],
  act: (_state: State, input: { reason: StopReason }): Step => ({
    state: { phase: 'stopped' },
    effects: [{ type: 'announce-stopped', reason: input.reason }],
  }),
} as const;

const stopRunning = {
  to: ['stopping'],
  act: (_state: State, input: { reason: StopReason }): Step =>
    beginStop({ kind: 'stopped', reason: input.reason }, input.reason),
} as const;
const killRunning = {
  to: ['stopping'],
  act: (_state: State, input: { reason: StopReason }): Step => beginKill(input.reason),
} as const;
const endRunning = {
  to: ['stopping'],
  act: (_state: State, input: { exit: Exit }): Step => ended(input.exit),
} as const;

/** Inputs that come too late, or too early, while nothing runs. */
const nothingRuns = {
  launched: 'ignored',
  'launch-failed': 'ignored',
  'probe-passed': 'ignored',
  'probe-failed': 'ignored',
  'start-timeout': 'ignored',
  exited: 'ignored',
  drained: 'ignored',
  emptied: 'ignored',
  'grace-over': 'ignored',
} as const;

export const TABLE: Table = {
  pending: { ...nothingRuns, launch, 'backoff-over': 'ignored', stop: stoppedAtOnce, kill: stoppedAtOnce },
  starting: {
    launch: 'ignored',
    launched: {
      to: ['starting'],
      act: (_state, { pid }) => ({
        state: { phase: 'starting', launched: true },
        effects: [{ type: 'announce-launched', pid }, { type: 'start-probing' }],
      }),
    },
    'launch-failed': {
      to: ['failed'],
      act: (_state, { error }) => ({ state: { phase: 'failed' }, effects: [{ type: 'announce-failed', error }] }),
    },
    'probe-passed': {
      to: ['ready'],
      act: () => ({ state: { phase: 'ready' }, effects: [{ type: 'register' }, { type: 'announce-ready' }] }),
    },
    'probe-failed': {
      to: ['starting'],
      act: (state, { detail }) => ({ state, effects: [{ type: 'announce-probe-failed', detail }] }),
    },
    'start-timeout': { to: ['stopping'], act: () => beginEnd('start-timeout') },
    exited: endRunning,
    drained: 'ignored',
    emptied: 'ignored',
    'grace-over': 'ignored',
    'backoff-over': 'ignored',
    stop: {
      to: ['stopping'],
      act: (state, { reason }) => {
        const step = beginStop({ kind: 'stopped', reason }, reason);
        return { ...step, state: { ...stopping({ kind: 'stopped', reason }), launched: state.launched } };
      },
    },
    kill: {
      to: ['stopping'],
      act: (state, { reason }) => {
        const step = beginKill(reason);
        return { ...step, state: stopping({ kind: 'stopped', reason }, { launched: state.launched, forced: true }) };
      },
    },
  },
  ready: {
    launch: 'ignored',
    launched: 'ignored',
    'launch-failed': 'ignored',
    'probe-passed': 'ignored',
    'probe-failed': {
      to: ['ready', 'unhealthy', 'stopping'],
      act: (state, { consecutive, detail }, policy) => {
        if (consecutive < policy.retries) return { state, effects: [{ type: 'announce-probe-failed', detail }] };
        const told: Effect[] = [{ type: 'withdraw' }, { type: 'announce-unhealthy', consecutive, detail }];
        if (!policy.restartsUnhealthy) return { state: { phase: 'unhealthy' }, effects: told };
        const stop = beginEnd('unhealthy');
        return { state: stop.state, effects: [...told, ...stop.effects] };
      },
    },
    'start-timeout': 'ignored',
    exited: endRunning,
    drained: 'ignored',
    emptied: 'ignored',
    'grace-over': 'ignored',
    'backoff-over': 'ignored',
    stop: stopRunning,
    kill: killRunning,
  },
  unhealthy: {
    launch: 'ignored',
    launched: 'ignored',
    'launch-failed': 'ignored',
    'probe-passed': {
      to: ['ready'],
      act: () => ({ state: { phase: 'ready' }, effects: [{ type: 'register' }, { type: 'announce-recovered' }] }),
    },
    'probe-failed': 'ignored',
    'start-timeout': 'ignored',
    exited: endRunning,
    drained: 'ignored',
    emptied: 'ignored',
    'grace-over': 'ignored',
    'backoff-over': 'ignored',
    stop: stopRunning,
    kill: killRunning,
  },
  stopping: {
    launch: {
      to: ['stopping'],
      act: (state) => ({ state: { ...state, goal: { kind: 'relaunch' } }, effects: [] }),
    },
    launched: {
      to: ['stopping'],
      act: (state, { pid }) => ({
        state: { ...state, launched: true, signalled: true },
        effects: [{ type: 'announce-launched', pid }, { type: state.forced ? 'force' : 'terminate' }],
      }),
    },
    'launch-failed': {
      to: ['stopped', 'failed', 'starting'],
      act: (state, { error }) =>
        state.goal.kind === 'decide'
          ? { state: { phase: 'failed' }, effects: [{ type: 'announce-failed', error }] }
          : settle(state.goal, { action: 'fail' }),
    },
    'probe-passed': 'ignored',
    'probe-failed': 'ignored',
    'start-timeout': 'ignored',
    exited: {
      to: ['stopping'],
      act: (state, { exit }) => ({
        state: {
          ...state,
          exited: true,
          signalled: true,
          goal: state.goal.kind === 'decide' ? { ...state.goal, exit } : state.goal,
        },
        effects: [
          { type: 'unregister' },
          { type: 'announce-exited', exit, expected: true },
          // A child that is draining already must not be told twice: for many programs the second signal means now.
          ...(state.forced ? [{ type: 'force' } as const] : state.signalled ? [] : [{ type: 'terminate' } as const]),
        ],
      }),
    },
    drained: {
      to: ['stopping'],
      act: (state) =>
        state.launched && !state.signalled && !state.forced
          ? { state: { ...state, signalled: true }, effects: [{ type: 'terminate' }] }
          : { state, effects: [] },
    },
    emptied: {
      to: ['stopped', 'starting', 'backing-off', 'completed', 'failed'],
      act: (state, { verdict }) => settle(state.goal, verdict),
    },
    'grace-over': {
      to: ['stopping'],
      act: (state) => ({ state: { ...state, forced: true }, effects: [{ type: 'force' }] }),
    },
    'backoff-over': 'ignored',
    stop: {
      to: ['stopping'],
      act: (state, { reason }) => ({ state: { ...state, goal: { kind: 'stopped', reason } }, effects: [] }),
    },
    kill: {
      to: ['stopping'],
      act: (state, { reason }) => ({
        state: { ...state, forced: true, goal: { kind: 'stopped', reason } },
        effects: state.launched ? [{ type: 'unregister' }, { type: 'force' }] : [],
      }),
    },
  },
  'backing-off': { ...nothingRuns, launch, 'backoff-over': launch, stop: stoppedAtOnce, kill: stoppedAtOnce },
  stopped: { ...nothingRuns, launch, 'backoff-over': 'ignored', stop: 'ignored', kill: 'ignored' },
  completed: { ...nothingRuns, launch, 'backoff-over': 'ignored', stop: 'ignored', kill: 'ignored' },
  failed: { ...nothingRuns, launch, 'backoff-over': 'ignored', stop: stoppedAtOnce, kill: stoppedAtOnce },
};

export const INITIAL: State = { phase: 'pending' };

/** @returns the next state and what is to be done, in order; the same state and nothing for an ignored input. */
export function step(state: State, input: Input, policy: Policy): Step {
  const cell = TABLE[state.phase][input.type];
  if (cell === 'ignored') return { state, effects: [] };
  // The type of the table guarantees that a cell fits its row and column.
  return (cell.act as unknown as (s: State, i: Input, p: Policy) => Step)(state, input, policy);
}

/** Every cell of the table that is a transition: what the chart in the docs is drawn from. */
export function transitions(): { from: Phase; input: InputType; to: readonly Phase[] }[] {
  return (Object.keys(TABLE) as Phase[]).flatMap((from) =>
    (Object.keys(TABLE[from]) as InputType[]).flatMap((input) => {
      const cell = TABLE[from][input];
      return cell === 'ignored' ? [] : [{ from, input, to: cell.to }];
    }),
  );
}
