/** How the rows of the screen are shared out; what draws them and what finds the thing under the pointer ask here. Pure. */
import type { ServiceView } from '../../../model/view.ts';
import { ordered } from '../model/order.ts';
import { type Problem, problemsOf } from '../model/problems.ts';
import { selectedName } from '../model/selection.ts';
import type { State } from '../model/state.ts';

/** Header and tabs. */
export const TOP_ROWS = 2;
/** With the line that speaks and the keys at the bottom. */
export const CHROME_ROWS = TOP_ROWS + 2;

export interface OverviewLayout {
  readonly problems: readonly Problem[];
  /** Rows of what is wrong, of the table with its head, of what happened, of the last output. */
  readonly wrong: number;
  readonly table: number;
  readonly happened: number;
  readonly output: number;
}

/** The table first; below it what happened, and with room to spare the last lines of output. */
export function overviewLayout(state: State, height: number): OverviewLayout {
  const problems = problemsOf(state.view, state.now);
  const wrong = Math.min(problems.length, height >= 16 ? 3 : 1);
  const services = Object.keys(state.view.services).length;
  const left = height - wrong;
  const below = left >= 12 ? Math.max(5, left - services - 2) : Math.max(0, left - services - 2);
  const table = Math.max(2, Math.min(services + 1, left - (below > 0 ? below + 1 : 0)));
  const rest = left - table - 1;
  const few = Math.min(rest, Math.max(5, Math.floor(rest / 2)));
  const most = rest < 3 ? 0 : rest < 14 ? few : Math.max(7, Math.floor(rest * 0.4));
  const happened = Math.min(most, Math.max(2, state.happenings.length + 1));
  return { problems, wrong, table, happened, output: rest - happened - 1 };
}

/** The services that a table of so many rows (its head included) shows: those around the selected one. */
export function tableWindow(
  state: State,
  height: number,
): { readonly services: readonly ServiceView[]; readonly from: number; readonly to: number } {
  const services = ordered(state.view);
  const selected = selectedName(state);
  const at = services.findIndex((service) => service.name === selected);
  return { services, ...windowAround(at, Math.max(1, height - 1), services.length) };
}

/** Which `room` of `count` rows are shown so that the one at `at` is among them, in the middle where that can be. */
export function windowAround(at: number, room: number, count: number): { readonly from: number; readonly to: number } {
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), count - room));
  return { from, to: Math.min(count, from + room) };
}
