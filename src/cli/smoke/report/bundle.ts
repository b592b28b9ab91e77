/**
 * What one needs to understand a failure afterwards, in a folder: `.msvc/reports/smoke-<time>/`. Secrets are masked in
 * all of it. The last of them are kept.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { maskText } from '../../../config/index.ts';
import type { Client } from '../../../control/client.ts';
import type { MsvcEvent } from '../../../model/event.ts';
import type { Project } from '../../../model/project.ts';
import { VERSION } from '../../../model/version.ts';
import { stripAnsi } from '../../../runtime/logs/ansi.ts';
import { readLogs } from '../../../runtime/logs/read.ts';
import type { CheckResult } from '../../../smoke/result.ts';
import { iso } from '../../wording/time.ts';
import { reasonLines } from '../wording.ts';

const KEPT = 10;
/** Lines of each service before the run began that may explain it. */
const BEFORE_MS = 5000;

export interface Failure {
  /** Whose state folder the reports are kept in: that of the project itself, also of a fresh run. */
  readonly stateDir: string;
  readonly project: Project;
  /** null: the engine has gone. */
  readonly client: Client | null;
  readonly results: readonly CheckResult[];
  /** Wall-clock start of the run. */
  readonly at: number;
  readonly junit: string;
}

/** @returns the folder */
export async function writeBundle(failure: Failure): Promise<string> {
  const { stateDir, project, client, results, at, junit } = failure;
  const reports = path.join(stateDir, 'reports');
  const folder = path.join(reports, `smoke-${iso(at).replace(/[:.]/g, '-').replace('Z', '')}-${process.pid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): void => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, maskText(text, project.secrets), { mode: 0o600 });
  };
  write('junit.xml', junit);
  write('config.yaml', await configText(project));
  write(
    'versions.json',
    json({
      msvc: VERSION,
      engine: client?.hello.version ?? null,
      node: process.version,
      os: `${process.platform} ${process.arch}`,
    }),
  );
  for (const result of results.filter(({ state }) => state === 'failed' || state === 'error')) {
    write(`checks/${fileName(result)}.txt`, checkText(result));
  }
  if (client) {
    const parts: Record<string, () => Promise<string>> = {
      'events.jsonl': () => eventsOf(client),
      'view.json': async () => json(await client.request('view', {})),
      'edges.json': async () => json(await client.request('stats', {})),
    };
    for (const [name, make] of Object.entries(parts))
      write(name, await make().catch((error: Error) => `${error.message}\n`));
  }
  for (const [service, text] of await logsOf(project, at - BEFORE_MS)) write(`logs/${service}.log`, text);
  prune(reports);
  return folder;
}

async function configText(project: Project): Promise<string> {
  const [{ resolved }, { toYaml }] = await Promise.all([
    import('../../../config/index.ts'),
    import('../../../config/to-yaml.ts'),
  ]);
  return toYaml(resolved(project));
}

function checkText(result: CheckResult): string {
  const { name, place, exchange, attempts } = result;
  const head = [name, `${place.file}:${place.line}:${place.column}`, `attempts: ${attempts}`, ...reasonLines(result)];
  return [...head, '', exchange?.sent ?? '', '', exchange?.received ?? '', ''].join('\n');
}

async function eventsOf(client: Client): Promise<string> {
  const events: MsvcEvent[] = [];
  for await (const event of client.stream('events', { after: 0, follow: false })) events.push(event);
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

async function logsOf(project: Project, sinceMs: number): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for await (const batch of readLogs({ dir: path.join(project.stateDir, 'logs'), sinceMs })) {
    for (const { time, service, replica, stream, line } of batch) {
      const text = `${iso(time)} ${service}.${replica} ${stream} ${stripAnsi(line)}\n`;
      texts.set(service, (texts.get(service) ?? '') + text);
    }
  }
  return texts;
}

function prune(reports: string): void {
  const folders = readdirSync(reports).filter((name) => name.startsWith('smoke-'));
  for (const name of folders.sort().slice(0, -KEPT)) rmSync(path.join(reports, name), { recursive: true, force: true });
}

function fileName({ name, round }: CheckResult): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
  return round > 1 ? `${slug}.${round}` : slug;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
