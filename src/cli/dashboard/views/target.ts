/** What stands under the pointer: a tab, a service, a replica. Asks those who lay it out; draws nothing. Pure. */
import { selectedName, shownInstances } from '../model/selection.ts';
import type { State, Target } from '../model/state.ts';
import { tabAt } from './chrome.ts';
import { CHROME_ROWS, overviewLayout, TOP_ROWS, tableWindow } from './layout.ts';
import type { Look } from './look.ts';
import { mapPage } from './map.ts';
import { REPLICAS_FROM } from './service.ts';

/** @param x,y 1-based cell */
export function targetAt(state: State, look: Look, x: number, y: number): Target | null {
  if (state.mode.kind !== 'normal') return null;
  if (y === TOP_ROWS) {
    const screen = tabAt(state, x - 1);
    return screen === null ? null : { kind: 'screen', screen };
  }
  const row = y - 1 - TOP_ROWS;
  const height = state.size.rows - CHROME_ROWS;
  if (row < 0 || row >= height) return null;
  switch (state.screen) {
    case 'overview': {
      const { wrong, table } = overviewLayout(state, height);
      const { services, from, to } = tableWindow(state, table);
      const at = from + row - wrong - 1;
      return at >= from && at < to ? serviceTarget(services[at]?.name) : null;
    }
    case 'map':
      return serviceTarget(mapPage(state, look, state.size.columns, height).serviceAt(x - 1, row));
    case 'service': {
      const service = state.view.services[selectedName(state) ?? ''];
      const index = row + state.scroll - REPLICAS_FROM;
      const isOne = service !== undefined && index >= 0 && index < shownInstances(service).length;
      return isOne ? { kind: 'replica', index } : null;
    }
    case 'logs':
      return { kind: 'line', row };
  }
}

function serviceTarget(name: string | null | undefined): Target | null {
  return name === null || name === undefined ? null : { kind: 'service', name };
}
