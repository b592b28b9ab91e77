/** The step from one state to the next, and the two commonest ones. Pure. */
import type { Tone } from '../../wording/saying.ts';
import type { Effect, State } from './state.ts';

export interface Next {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export function only(state: State): Next {
  return { state, effects: [] };
}

/** Puts a sentence into the line above the keys. */
export function said(state: State, text: string, tone: Tone = 'plain'): State {
  return { ...state, notice: { text, tone, at: state.now } };
}
