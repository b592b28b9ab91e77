/** The tree of the dashboard: what stands where on which screen. Draws from the state alone; holds none of its own. */
import { Box } from 'ink';
import type { ReactElement } from 'react';
import type { LogPane } from '../logs/log-pane.ts';
import { offers } from '../model/palette.ts';
import { known } from '../model/selection.ts';
import type { State } from '../model/state.ts';
import { cutStyled, fitStyled } from '../text.ts';
import { headerRow, hintsRow, speakingRow, tabsRow } from './chrome.ts';
import { helpRows } from './help.ts';
import { CHROME_ROWS, overviewLayout, windowAround } from './layout.ts';
import { logStatus } from './log-status.ts';
import { heading, type Look } from './look.ts';
import { mapPage } from './map.ts';
import { happeningRows, problemRows, tableRows, tableStatus } from './overview.ts';
import { Rows } from './rows.tsx';
import { serviceRows } from './service.ts';

export interface AppProps {
  readonly state: State;
  readonly look: Look;
  readonly pane: LogPane;
  /** The last lines, for the overview. */
  readonly tail: LogPane;
}

const SMALLEST = { columns: 20, rows: 6 };

export function App(props: AppProps): ReactElement {
  const { state, look, pane } = props;
  const { columns: width, rows } = state.size;
  if (width < SMALLEST.columns || rows < SMALLEST.rows) return <TooSmall {...props} />;
  const palette = paletteHeight(state);
  const body = rows - CHROME_ROWS - palette;
  const status = (): string => {
    if (state.screen === 'logs') return logStatus(state, pane, look);
    return state.screen === 'overview' ? tableStatus(state, look, overviewLayout(state, body).table) : '';
  };
  return (
    <Box flexDirection="column" width={width} height={rows}>
      <Rows source={() => [headerRow(state, look, width)]} width={width} height={1} />
      <Rows source={() => [tabsRow(state, look, width, status())]} width={width} height={1} />
      <Body {...props} width={width} height={body} />
      <Rows source={() => paletteRows(state, look, width)} width={width} height={palette} />
      <Rows source={() => [speakingRow(state, look, width)]} width={width} height={1} />
      <Rows source={() => [hintsRow(state, look, width)]} width={width} height={1} />
    </Box>
  );
}

interface BodyProps extends AppProps {
  readonly width: number;
  readonly height: number;
}

function Body(props: BodyProps): ReactElement {
  const { state, look, pane, width, height } = props;
  const { mode } = state;
  if (mode.kind === 'help') return <Scrolled {...props} all={() => helpRows(look, width)} scroll={mode.scroll} />;
  switch (state.screen) {
    case 'overview':
      return <Overview {...props} />;
    case 'service':
      return <Scrolled {...props} all={() => serviceRows(state, look, width)} scroll={state.scroll} />;
    case 'map':
      return <Rows source={(w, h) => mapPage(state, look, w, h).rows} width={width} height={height} />;
    case 'logs':
      return <Rows source={(w, h) => logRowsOf(pane, w, h)} width={width} height={height} />;
  }
}

/** A page that may be longer than the screen; says so at its end. */
function Scrolled({
  all,
  scroll,
  look,
  width,
  height,
}: BodyProps & { readonly all: () => readonly string[]; readonly scroll: number }): ReactElement {
  const source = (): readonly string[] => {
    const rows = all();
    const most = Math.max(0, rows.length - height);
    const from = Math.min(scroll, most);
    const page = rows.slice(from, from + height);
    if (from >= most) return page;
    return [...page.slice(0, -1), look.style.dim(` ↓ ${rows.length - from - height + 1} more rows`)];
  };
  return <Rows source={source} width={width} height={height} />;
}

/** The table first; below it what happened, and with room to spare the last lines of output. */
function Overview({ state, look, tail, width, height }: BodyProps): ReactElement {
  const { problems, wrong, table, happened, output } = overviewLayout(state, height);
  return (
    <Box flexDirection="column" height={height}>
      <Rows source={() => problemRows(problems, look, width, wrong)} width={width} height={wrong} />
      <Rows source={() => tableRows(state, look, width, table)} width={width} height={table} />
      <Rows source={() => []} width={width} height={1} />
      <Rows source={(w, h) => happeningRows(state.happenings, look, w, h)} width={width} height={happened} />
      {output >= 3 && <Rows source={() => []} width={width} height={1} />}
      {output >= 3 && (
        <Rows
          source={(w, h) => [` ${heading('OUTPUT', look.style)}`, ...logRowsOf(tail, w, h - 1)]}
          width={width}
          height={output}
        />
      )}
    </Box>
  );
}

function TooSmall({ state, look }: AppProps): ReactElement {
  const { columns, rows } = state.size;
  const lines = [headerRow(state, look, columns), ' too small to show', ' q leaves'];
  return (
    <Rows source={() => lines.map((line) => cutStyled(line, columns))} width={columns} height={Math.max(1, rows)} />
  );
}

const MOST_OFFERS = 8;

function paletteHeight(state: State): number {
  if (state.mode.kind !== 'typing' || state.mode.typing.kind !== 'palette') return 0;
  const most = Math.max(0, Math.min(MOST_OFFERS, state.size.rows - CHROME_ROWS - 4));
  return Math.min(most, offers(state.mode.typing.text, known(state)).length);
}

function paletteRows(state: State, look: Look, width: number): readonly string[] {
  if (state.mode.kind !== 'typing') return [];
  const { text, choice } = state.mode.typing;
  const all = offers(text, known(state));
  const height = paletteHeight(state);
  const at = Math.min(choice, all.length - 1);
  const { from, to } = windowAround(at, height, all.length);
  const label = Math.max(10, ...all.map((offer) => offer.label.length));
  return all.slice(from, to).map((offer, i) => {
    const row = `   ${fitStyled(offer.label, label)}  ${look.style.dim(offer.about)}`;
    return from + i === at
      ? look.style.reverse(fitStyled(`   ${fitStyled(offer.label, label)}  ${offer.about}`, width))
      : row;
  });
}

function logRowsOf(pane: LogPane, width: number, height: number): readonly string[] {
  pane.resize(width, height);
  return pane.rows();
}
