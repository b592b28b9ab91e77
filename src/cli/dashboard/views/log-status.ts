/** What the log view looks at, in a few words at the right of the tabs. Pure. */
import { list } from '../../wording/lists.ts';
import type { LogPane } from '../logs/log-pane.ts';
import type { State } from '../model/state.ts';
import { cutStyled } from '../text.ts';
import type { Look } from './look.ts';

/** Columns of an expression: what comes after it must be seen too. */
const LONGEST_PATTERN = 16;
/** Made once: this is drawn with every frame. */
const FIGURES = new Intl.NumberFormat('en');

export function logStatus({ logs }: State, pane: LogPane, { style }: Look): string {
  const parts = [
    ...(logs.services.length === 0 ? [] : [style.bold(list(logs.services, 4))]),
    ...(logs.muted.length > 0 ? [style.dim(`without ${logs.muted.join(', ')}`)] : []),
    ...(logs.level === null ? [] : [style.paint('yellow', `${logs.level}+`)]),
    ...(logs.filter === '' ? [] : [style.paint('yellow', `~${cutStyled(logs.filter, LONGEST_PATTERN)}`)]),
    ...(logs.search === '' ? [] : [style.paint('cyan', `/${cutStyled(logs.search, LONGEST_PATTERN)}`)]),
  ];
  const count = FIGURES.format(pane.count);
  const lines = `${count} ${pane.count === 1 ? 'line' : 'lines'}${pane.isComplete ? '' : ' so far'}`;
  const place = pane.isFollowing
    ? style.paint('green', '▼ following')
    : style.paint('yellow', `‖ paused, ${FIGURES.format(pane.below)} below`);
  return [...parts, style.dim(lines), pane.isSelecting ? style.bold('selecting') : place].join('  ');
}
