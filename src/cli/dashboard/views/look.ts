/** What every view needs to draw: colours, the signs of states, the labels' colours. Pure. */
import type { ServiceState } from '../../../model/instance.ts';
import type { Labels } from '../../report/lines.ts';
import type { Style } from '../../style.ts';
import { TONE_COLOUR, type Tone } from '../../wording/saying.ts';
import { type InstanceState, stateColour } from '../../wording/states.ts';

export interface Look {
  readonly style: Style;
  readonly labels: Labels;
}

/** The same in every terminal: a shape for each kind of state, so that colour only repeats it. */
const SIGNS: Readonly<Record<InstanceState | ServiceState, string>> = {
  ready: '●',
  completed: '✓',
  pending: '○',
  stopped: '○',
  preparing: '◔',
  starting: '◐',
  reloading: '◐',
  degraded: '◑',
  stopping: '◌',
  'backing-off': '◍',
  unhealthy: '✗',
  failing: '✗',
  'crash-loop': '✗',
  failed: '✗',
};

export function signOf(state: InstanceState | ServiceState): string {
  return SIGNS[state];
}

export function sign(state: InstanceState | ServiceState, style: Style): string {
  return style.paint(stateColour(state), SIGNS[state]);
}

export function toned(tone: Tone, text: string, style: Style): string {
  return style.paint(TONE_COLOUR[tone], text);
}

/** A title above a part of the screen. */
export function heading(text: string, style: Style): string {
  return style.bold(style.dim(text));
}
