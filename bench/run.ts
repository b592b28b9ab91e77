/**
 * `npm run bench [-- --quick] [--only startup,cli] [--rounds N] [--write]`: prints every figure the project promises
 * beside its rivals and its floor; `--write` puts them into docs/benchmarks.md. Loopback only; nothing stays behind.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { begin } from './begin.ts';
import { cli } from './cli.ts';
import { containers } from './containers.ts';
import { crash } from './crash.ts';
import { dashboard } from './dashboard.ts';
import { gateway } from './gateway/index.ts';
import type { Bench, BenchContext, Section } from './harness/bench.ts';
import { installRivals } from './harness/install-rivals.ts';
import { machine } from './harness/machine.ts';
import { markdown, writeSection } from './harness/report.ts';
import { openWorkspace } from './harness/workspace.ts';
import { idle } from './idle.ts';
import { logReading } from './log-reading.ts';
import { logs } from './logs.ts';
import { registry } from './registry.ts';
import { reload } from './reload.ts';
import { smoke } from './smoke.ts';
import { startup } from './startup.ts';

const BENCHES: readonly Bench[] = [
  startup,
  containers,
  cli,
  idle,
  logs,
  logReading,
  reload,
  crash,
  gateway,
  registry,
  smoke,
  dashboard,
  begin,
];

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

if (process.platform !== 'linux') {
  console.error('The benchmarks read /proc and need Linux.');
  process.exit(2);
}
const chosen = flags.only?.split(',') ?? BENCHES.map(({ id }) => id);
const unknown = chosen.filter((id) => !BENCHES.some((bench) => bench.id === id));
if (unknown.length > 0) {
  console.error(`No benchmark "${unknown.join(', ')}"; there are ${BENCHES.map(({ id }) => id).join(', ')}.`);
  process.exit(2);
}

// What some workplaces set for every Node, ours and the rivals': with certificates to read each start takes Node 20 some
// 50 ms more, in which what is compared here would be lost.
for (const name of ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS']) delete process.env[name];

const work = openWorkspace();
process.once('exit', work.remove);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

const context: Omit<BenchContext, 'soFar'> = {
  work,
  quick: flags.quick,
  rounds: (full, quick) => (flags.rounds === undefined ? (flags.quick ? quick : full) : Number(flags.rounds)),
  note: (line) => console.error(`- ${line}`),
};
const noRivals = installRivals(work);
if (noRivals !== undefined) context.note(noRivals);

const when = `${new Date().toISOString().slice(0, 10)} on ${machine()}${flags.quick ? ' (quick: do not quote)' : ''}`;
const sections: Record<string, Section> = {};
const results = path.join(work.root, 'bench/results');
mkdirSync(results, { recursive: true });
const file = path.join(results, `${new Date().toISOString().replace(/[:.]/g, '-')}.json`);

/** Into the page and the file of results: what is measured stays, whatever becomes of the rest. */
function keep(id: string, section: Section): string {
  sections[id] = section;
  const text = markdown(section, when);
  if (flags.write) writeSection(path.join(work.root, 'docs/benchmarks.md'), id, text);
  writeFileSync(file, `${JSON.stringify({ when, sections }, null, 2)}\n`);
  return text;
}

for (const bench of BENCHES.filter(({ id }) => chosen.includes(id))) {
  const began = performance.now();
  console.log(keep(bench.id, await bench.run({ ...context, soFar: (section) => keep(bench.id, section) })));
  context.note(`${bench.id} took ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

const missed = Object.values(sections).flatMap((section) => section.goals.filter((goal) => goal.met === false));
for (const goal of missed) console.log(`missed: ${goal.what}: ${goal.measured}, ${goal.limit}`);
