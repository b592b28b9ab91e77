/** The published table. Pure. */
import { CASES } from './index.ts';

/** By proxy: for each case undefined when the rule is kept, else what was seen. */
export type Results = Map<string, readonly (string | undefined)[]>;

const INTRO = `# Gateway conformance

What a strict HTTP/1.1 proxy must do, case by case, and who does it. \`npm run conformance\` makes this page: the same
bytes go through each proxy, raw sockets on both sides, and what came through is judged. *yes* means that the rule is
kept; otherwise the cell says what was seen. Every case is also a test of msvc (\`test/contract/conformance.test.ts\`).

The rules are stricter than the RFCs where leniency has led to request smuggling or to wrong answers: some *no* of the
others is a choice (nginx tolerates bare line feeds, for example), not a fault, and much of it can be configured. Their
configuration is as it comes, with keep-alive to the origin and nginx set up for WebSockets and without buffering of
requests, as its documentation shows it. One run, one version each.

Rules that take more than one exchange of bytes (limits in time, backpressure, aborts, retries, restarts, HTTP/2) are
tested for msvc alone, in \`test/unit/gateway\`, under the same numbers.
`;

export function conformancePage(results: Results): string {
  const names = [...results.keys()];
  const kept = names.map((name) => {
    const verdicts = results.get(name)!;
    return `${verdicts.filter((verdict) => verdict === undefined).length} of ${verdicts.length}`;
  });
  const rows = [
    ['rule', 'case', ...names],
    ['', '**kept**', ...kept.map((text) => `**${text}**`)],
    ...CASES.map((one, index) => [
      String(one.rule),
      cell(one.what),
      ...names.map((name) => {
        const verdict = results.get(name)![index];
        return verdict === undefined ? 'yes' : `no: ${cell(verdict)}`;
      }),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return `${INTRO}\n${[line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n')}\n`;
}

/** For a cell of a Markdown table. */
function cell(text: string): string {
  return text
    .slice(0, 60)
    .replaceAll('|', '\\|')
    .replace(/[\r\n]+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?');
}
