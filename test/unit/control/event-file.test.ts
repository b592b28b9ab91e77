import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EventFile } from '../../../src/control/event-file.ts';
import { EventLog } from '../../../src/control/event-log.ts';
import { pastRuns } from '../../../src/control/past-events.ts';
import { serviceName } from '../../../src/model/names.ts';
import { reduce } from '../../../src/model/view.ts';
import { eventually } from '../../rig/wait.ts';

let stateDir: string;
let failures: Error[];
beforeEach(() => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'msvc-events-'));
  failures = [];
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

function begin(run: string, maxBytes?: number): { log: EventLog; file: EventFile } {
  const log = new EventLog();
  const onFailed = (error: Error): void => void failures.push(error);
  const file = new EventFile({ stateDir, view: () => log.view, onFailed, ...(maxBytes !== undefined && { maxBytes }) });
  log.recordWith((line) => file.add(line));
  log.emit({ type: 'engine.started', pid: 1, version: '0', run, swept: [] });
  return { log, file };
}

/** What is on disk so far. */
const kept = (): string =>
  ['events.1.jsonl', 'events.jsonl']
    .map((name) => path.join(stateDir, name))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('');

const hold = (log: EventLog, held: boolean): number =>
  log.emit({ type: 'service.held', service: serviceName('web'), held });

test('runs are read back as they were told, a torn line left out', async () => {
  const one = begin('one');
  one.log.maskWith({ finds: () => true, mask: (text) => text.replaceAll('hunter2', '***') });
  one.log.emit({ type: 'gateway.lost', message: 'hunter2' });
  await one.file.close();
  writeFileSync(path.join(stateDir, 'events.jsonl'), '{"seq":3,"ty\n', { flag: 'a' });
  const two = begin('two');
  hold(two.log, true);
  await two.file.close();
  hold(two.log, false);

  const runs = pastRuns(stateDir);
  expect(runs.map(({ events }) => events)).toEqual([one.log.since(0), two.log.since(0).slice(0, 2)]);
  expect(readFileSync(path.join(stateDir, 'events.jsonl'), 'utf8')).not.toContain('hunter2');
  expect(statSync(path.join(stateDir, 'events.jsonl')).mode & 0o777).toBe(0o600);
});

test('it stays small, and what is kept of a long run still gives its view', async () => {
  const { log, file } = begin('long', 20_000);
  log.emit({
    type: 'service.defined',
    service: serviceName('web'),
    kind: 'process',
    wanted: 1,
    port: 'auto',
    calls: [],
    dependsOn: [],
    routes: [],
    database: null,
    probe: 'tcp',
    oneShot: false,
    balancer: 'two-choices',
  });
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < 100; n++) hold(log, n % 2 === 0);
    const last = `"seq":${log.seq}`;
    await eventually('the round on disk', () => kept().includes(last));
  }
  hold(log, true);
  await file.close();
  const bytes = ['events.jsonl', 'events.1.jsonl'].map((name) => statSync(path.join(stateDir, name)).size);
  expect(Math.max(...bytes)).toBeLessThan(40_000);
  const [run, ...more] = pastRuns(stateDir);
  expect(more).toEqual([]);
  expect(run!.from.seq).toBeGreaterThan(0);
  const view = run!.events.reduce((at, event) => (event.seq > at.seq ? reduce(at, event) : at), run!.from);
  expect(view).toEqual(log.view);
});

test('a folder that cannot be written is told once and costs nothing more', async () => {
  const { log, file } = begin('lost');
  rmSync(stateDir, { recursive: true });
  await file.close();
  hold(log, true);
  expect(failures).toMatchObject([{ code: 'ENOENT' }]);
  expect(pastRuns(stateDir)).toEqual([]);
});
