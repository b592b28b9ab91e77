/** Screens of a terminal as one SVG that plays them: plain text and CSS, no script, so that it works as an image. */
import { type Look, type Run, runsOf } from './ansi.ts';

export interface Frame {
  /** A whole screen, with its escape sequences. */
  readonly screen: string;
  readonly forMs: number;
}

const CELL = { width: 8.4, height: 18 };
const MARGIN = 16;
const BAR = 28;
const PALETTE: Readonly<Record<string, string>> = {
  black: '#3b4252',
  red: '#e06c75',
  green: '#98c379',
  yellow: '#e5c07b',
  blue: '#61afef',
  magenta: '#c678dd',
  cyan: '#56b6c2',
  white: '#d8dee9',
  'bright-black': '#7f8796',
  'bright-red': '#ff7b85',
  'bright-green': '#b5e08c',
  'bright-yellow': '#ffd68a',
  'bright-blue': '#84c7ff',
  'bright-magenta': '#e09bf3',
  'bright-cyan': '#7fd5df',
  'bright-white': '#ffffff',
};
const PAPER = '#1e222a';
const INK = '#d8dee9';

export function svg(frames: readonly Frame[], size: { columns: number; rows: number }, title: string): string {
  // Rows that no screen uses are left out.
  const used = Math.max(...frames.map((frame) => frame.screen.trimEnd().split('\n').length));
  const rows = Math.min(size.rows, used);
  const width = Math.ceil(size.columns * CELL.width + 2 * MARGIN);
  const height = Math.ceil(rows * CELL.height + 2 * MARGIN + BAR);
  const total = frames.reduce((sum, frame) => sum + frame.forMs, 0);
  let from = 0;
  const shown = frames.map((frame, n) => {
    const rule = keyframes(n, from / total, (from + frame.forMs) / total, n === frames.length - 1);
    from += frame.forMs;
    return { rule, body: `<g class="f f${n}">${lines(frame.screen, rows)}</g>` };
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${xml(title)}</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: ${INK}; white-space: pre; }
.b { font-weight: bold } .d { opacity: .6 } .i { font-style: italic } .u { text-decoration: underline }
.f { visibility: hidden; animation: ${total}ms step-end infinite }
${shown.map((frame, n) => `${frame.rule} .f${n} { animation-name: k${n} }`).join('\n')}
@media (prefers-reduced-motion) { .f { animation: none } .f${frames.length - 1} { visibility: visible } }
</style>
<rect width="${width}" height="${height}" rx="8" fill="${PAPER}"/>
${['#e06c75', '#e5c07b', '#98c379'].map((fill, n) => `<circle cx="${20 + n * 18}" cy="16" r="5" fill="${fill}"/>`).join('')}
<g transform="translate(${MARGIN} ${MARGIN + BAR})">
${shown.map((frame) => frame.body).join('\n')}
</g>
</svg>
`;
}

function keyframes(n: number, from: number, to: number, last: boolean): string {
  const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;
  const before = from > 0 ? '0% { visibility: hidden } ' : '';
  const after = last ? '' : ` ${percent(to)} { visibility: hidden }`;
  return `@keyframes k${n} { ${before}${percent(from)} { visibility: visible }${after} }`;
}

function lines(screen: string, rows: number): string {
  return runsOf(screen.replace(/\n$/, ''))
    .slice(0, rows)
    .map((runs, row) => line(runs, row))
    .join('');
}

function line(runs: readonly Run[], row: number): string {
  let column = 0;
  const boxes: string[] = [];
  const spans: string[] = [];
  for (const { text, look } of runs) {
    const x = (column * CELL.width).toFixed(1);
    const width = columnsOf(text);
    const { ink, paper } = colours(look);
    if (paper) {
      const box = `x="${x}" y="${row * CELL.height - 13}" width="${(width * CELL.width).toFixed(1)}" height="${CELL.height}"`;
      boxes.push(`<rect ${box} fill="${paper}"/>`);
    }
    if (text.trim() !== '') {
      const classes = [look.bold && 'b', look.dim && 'd', look.italic && 'i', look.underline && 'u'].filter(Boolean);
      const attributes = `${classes.length > 0 ? ` class="${classes.join(' ')}"` : ''}${ink ? ` fill="${ink}"` : ''}`;
      // textLength holds the columns where the reader's font is wider or narrower than ours.
      const length = (width * CELL.width).toFixed(1);
      spans.push(`<tspan x="${x}" textLength="${length}"${attributes}>${xml(text)}</tspan>`);
    }
    column += width;
  }
  return `${boxes.join('')}${spans.length > 0 ? `<text y="${row * CELL.height}">${spans.join('')}</text>` : ''}`;
}

function colours(look: Look): { ink: string | undefined; paper: string | undefined } {
  const css = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : (PALETTE[name] ?? name);
  const [ink, paper] = [css(look.colour), css(look.background)];
  return look.inverse ? { ink: paper ?? PAPER, paper: ink ?? INK } : { ink, paper };
}

/** Emoji and East Asian wide characters take two columns. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const char of text)
    columns += /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uff00-\uff60]/u.test(char) ? 2 : 1;
  return columns;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
