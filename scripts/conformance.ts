/**
 * `npm run conformance [-- --write]`: every case against the gateway of the build and against nginx, HAProxy and Caddy
 * where they are installed; `--write` puts the table into docs/gateway-conformance.md. Loopback only; nothing is left.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freeStretch } from '../bench/harness/ports.ts';
import { msvcGateway } from '../bench/proxies/msvc.ts';
import { type Place, programPath, startProxy } from '../bench/proxies/proxy.ts';
import { caddy, haproxy, nginx } from '../bench/proxies/system-proxies.ts';
import { CASES } from '../test/conformance/index.ts';
import { Origin, runCase } from '../test/conformance/run-case.ts';
import { conformancePage, type Results } from '../test/conformance/table.ts';

const root = process.cwd();
const dir = mkdtempSync(path.join(tmpdir(), 'msvc-conformance-'));
const place: Place = { root, dir, fixture: (name) => path.join(root, 'bench/fixtures', name), rival: () => '' };
process.once('exit', () => rmSync(dir, { recursive: true, force: true }));

/** `1.22.1`, as the program itself says it. */
function version(program: string, ...args: string[]): string {
  const file = programPath(program);
  if (file === undefined) return '';
  const text = execFileSync('sh', ['-c', `"$0" "$@" 2>&1`, file, ...args]).toString();
  return /\d+\.\d+(?:\.\d+)?/.exec(text)?.[0] ?? '';
}

const SUBJECTS = [
  { kind: msvcGateway, name: 'msvc' },
  { kind: nginx, name: `nginx ${version('nginx', '-v')}` },
  { kind: haproxy, name: `HAProxy ${version('haproxy', '-v')}` },
  { kind: caddy, name: `Caddy ${version('caddy', 'version')}` },
];

const results: Results = new Map();
const first = freeStretch(SUBJECTS.length + 1);
for (const [index, { kind, name }] of SUBJECTS.entries()) {
  const why = kind.missing(place);
  if (why !== undefined) {
    console.error(`- ${why}`);
    continue;
  }
  const origin = await Origin.open(first + SUBJECTS.length);
  const folder = path.join(dir, String(index));
  mkdirSync(folder);
  const proxy = await startProxy(kind, place, {
    port: first + index,
    origins: [origin.port],
    dir: folder,
    upgrades: true,
  });
  const verdicts: (string | undefined)[] = [];
  for (const one of CASES) {
    try {
      verdicts.push(one.judge(await runCase(one, proxy.port, origin, 1_500)));
    } catch (error) {
      verdicts.push(error instanceof Error ? error.message : String(error));
    }
  }
  results.set(name, verdicts);
  await proxy.stop();
  await origin.close();
  console.error(`- ${name}: ${verdicts.filter((verdict) => verdict === undefined).length} of ${CASES.length}`);
}

const page = conformancePage(results);
if (process.argv.includes('--write')) writeFileSync(path.join(root, 'docs/gateway-conformance.md'), page);
else console.log(page);
if (results.get('msvc')?.some((verdict) => verdict !== undefined)) process.exitCode = 1;
