import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture, createRig, FLOOD, lines, makePipe, type Rig, ROOMY, readAll } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = createRig();
});
afterEach(async () => {
  await rig.dispose();
  expect(fs.existsSync(rig.dir)).toBe(false);
});

function expectFlood(got: readonly string[], name: string, count: number): void {
  expect(got.length).toBe(count);
  const wrong = got.findIndex((line, i) => line !== `${name} ${i} `.padEnd(99, 'x'));
  expect(wrong).toBe(-1);
}

describe('capturing at full speed', () => {
  it('keeps 200,000 lines complete, in order and untorn, with the process gone right after its last write', async () => {
    await capture(rig.dir, rig.store.open('flood', 1, ROOMY), FLOOD, ['flood', '200000']);
    expectFlood(await lines({ dir: rig.logs }), 'flood', 200_000);
  });

  it('keeps 20 writers apart', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `s${i}`);
    await Promise.all(names.map((name) => capture(rig.dir, rig.store.open(name, 1, ROOMY), FLOOD, [name, '5000'])));
    for (const name of names) {
      expectFlood(await lines({ dir: rig.logs, services: [{ service: name }] }), name, 5000);
    }
    const all = await readAll({ dir: rig.logs });
    expect(all.length).toBe(100_000);
    expect(all.every((record, i) => i === 0 || record.time >= all[i - 1]!.time)).toBe(true);
  });

  it('never mixes stdout and stderr within a line', async () => {
    const script = `
      const fs = require('node:fs');
      for (let i = 0; i < 2000; i++) {
        fs.writeSync(1, 'out ' + i + ' ' + 'o'.repeat(50));
        fs.writeSync(2, 'err ' + i + ' ' + 'e'.repeat(50));
        fs.writeSync(1, 'O'.repeat(50) + '\\n');
        fs.writeSync(2, 'E'.repeat(50) + '\\n');
      }`;
    await capture(rig.dir, rig.store.open('both', 1, ROOMY), script);
    const all = await readAll({ dir: rig.logs });
    for (const [stream, low, high] of [
      ['stdout', 'o', 'O'],
      ['stderr', 'e', 'E'],
    ] as const) {
      const got = all.filter((record) => record.stream === stream).map((record) => record.line);
      const name = stream.slice(3);
      expect(got).toEqual(Array.from({ length: 2000 }, (_, i) => `${name} ${i} ${low.repeat(50)}${high.repeat(50)}`));
    }
  });

  it('lets the service wait for a slow disk, and loses nothing', async () => {
    // A pipe in the place of the file: it takes no more than somebody reads.
    fs.mkdirSync(rig.logs);
    const file = path.join(rig.logs, 'slow.1.log');
    execFileSync('mkfifo', [file]);
    const reader = fs.createReadStream(file, { highWaterMark: 16 * 1024 });
    const log = rig.store.open('slow', 1, ROOMY);
    const captured = capture(rig.dir, log, FLOOD, ['slow', '50000']).then(() => log.close());
    let text = '';
    for await (const chunk of reader) text += chunk;
    await captured;
    fs.rmSync(file);
    const got = text.split('\n').slice(0, -1);
    expectFlood(
      got.map((line) => line.slice(27)),
      'slow',
      50_000,
    );
  });

  it('shares one file between two occupants of a slot, each with its own tail', async () => {
    const old = rig.store.open('web', 1, ROOMY);
    const next = rig.store.open('web', 1, ROOMY);
    await Promise.all([
      capture(rig.dir, old, FLOOD, ['old', '20000']),
      capture(rig.dir, next, FLOOD, ['new', '20000']),
    ]);
    expect(old.tail(1)[0]).toMatch(/^old 19999 /);
    expect(next.tail(1)[0]).toMatch(/^new 19999 /);
    await old.close();
    next.note('goes on');
    await next.close();
    expect(fs.readdirSync(rig.logs)).toEqual(['web.1.log']);
    const all = await lines({ dir: rig.logs });
    expectFlood(
      all.filter((line) => line.startsWith('old ')),
      'old',
      20_000,
    );
    expectFlood(
      all.filter((line) => line.startsWith('new ')),
      'new',
      20_000,
    );
    expect(all.at(-1)).toBe('goes on');
  });
});

describe('odd lines', () => {
  it.each([
    ['1 MB', 1_000_000],
    ['16 MiB less one', 16 * 1024 * 1024 - 1],
  ])('gives a line of %s back as one', async (_name, length) => {
    const script = `
      const fs = require('node:fs');
      const all = Buffer.from('before\\n' + 'ä'.repeat(${Math.floor(length / 2)}) + '\\nafter\\n');
      for (let at = 0; at < all.length; ) at += fs.writeSync(1, all, at);`;
    await capture(rig.dir, rig.store.open('long', 1, ROOMY), script);
    const got = await lines({ dir: rig.logs });
    expect(got.length).toBe(3);
    expect(got[1] === 'ä'.repeat(Math.floor(length / 2))).toBe(true);
    expect([got[0], got[2]]).toEqual(['before', 'after']);
  });

  it('divides a line that is longer than what readers join, between characters, losing nothing', async () => {
    const script = `
      const fs = require('node:fs');
      const all = Buffer.from('€'.repeat(7_000_000) + '\\nafter\\n');
      for (let at = 0; at < all.length; ) at += fs.writeSync(1, all, at);`;
    await capture(rig.dir, rig.store.open('long', 1, ROOMY), script);
    const got = await lines({ dir: rig.logs });
    expect(got.at(-1)).toBe('after');
    expect(got.length).toBe(3);
    expect(got.slice(0, -1).join('') === '€'.repeat(7_000_000)).toBe(true);
  });

  it('writes bytes as they came, NUL and broken UTF-8 too', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i).filter((i) => i !== 10));
    const log = rig.store.open('binary', 1, ROOMY);
    log.append('stdout', Buffer.concat([bytes, Buffer.from('\n')]));
    await log.flush();
    const written = fs.readFileSync(path.join(rig.logs, 'binary.1.log'));
    expect(written.subarray(27)).toEqual(Buffer.concat([bytes, Buffer.from('\n')]));
    expect(written.subarray(0, 27).toString()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z o $/);
  });

  it('writes what has no newline at the end as a line', async () => {
    await capture(rig.dir, rig.store.open('part', 1, ROOMY), `process.stdout.write('one\\ntwo')`);
    expect(await lines({ dir: rig.logs })).toEqual(['one', 'two']);
    expect(fs.readFileSync(path.join(rig.logs, 'part.1.log'), 'latin1')).toMatch(/Z o two\n$/);
  });

  it('shows a prompt while it waits, and joins it with its answer', async () => {
    const log = rig.store.open('prompt', 1, ROOMY);
    const pipe = makePipe(rig.dir);
    const done = log.attach(pipe.read, 'stdout');
    const seen: string[] = [];
    const prompted = new Promise<void>((resolve) => {
      log.watch((line) => {
        seen.push(line);
        resolve();
      });
    });
    fs.writeSync(pipe.write, 'Name? ');
    await prompted;
    expect(log.tail(1)).toEqual(['Name? ']);
    await log.flush();
    expect(fs.readFileSync(path.join(rig.logs, 'prompt.1.log'), 'latin1')).toMatch(/Z\x1fo>Name\? \n$/);
    expect(await lines({ dir: rig.logs })).toEqual(['Name? ']);
    fs.writeSync(pipe.write, 'Ada\nnext\n');
    fs.closeSync(pipe.write);
    await done;
    expect(seen).toEqual(['Name? ', 'Name? Ada', 'next']);
    expect(await lines({ dir: rig.logs })).toEqual(['Name? Ada', 'next']);
    expect(log.tail(9)).toEqual(['Name? Ada', 'next']);
  });
});

describe('one instance', () => {
  it('begins its tail afresh with each launch, without colours', async () => {
    const log = rig.store.open('a', 1, ROOMY);
    await capture(rig.dir, log, `console.log('first')`);
    log.begin();
    log.note('exited');
    expect(log.tail(5)).toEqual([]);
    await capture(rig.dir, log, `console.log('\\x1b[31mred\\x1b[0m\\r'); console.error('last')`);
    expect([...log.tail(5)].sort()).toEqual(['last', 'red']);
    expect(log.tail(1).length).toBe(1);
    expect(log.tail(0)).toEqual([]);
  });

  it('keeps the last lines of a flood', async () => {
    const log = rig.store.open('a', 1, ROOMY);
    await capture(rig.dir, log, FLOOD, ['a', '30000']);
    expect(log.tail(3).map((line) => line.split(' ')[1])).toEqual(['29997', '29998', '29999']);
  });

  it('tells each line to who watches, until stopped', async () => {
    const log = rig.store.open('a', 1, ROOMY);
    const seen: string[] = [];
    const stop = log.watch((line) => seen.push(line));
    await capture(rig.dir, log, FLOOD, ['a', '30000']);
    stop();
    await capture(rig.dir, log, FLOOD, ['b', '10']);
    // A line that stood unfinished was told as far as it was, too.
    const finished = seen.filter((line, i) => line.length === 99 || !seen[i + 1]?.startsWith(line));
    expectFlood(finished, 'a', 30_000);
  });

  it('tells who watches later what this launch has said already, and nothing of the one before', async () => {
    const log = rig.store.open('a', 1, ROOMY);
    await capture(rig.dir, log, `console.log('earlier')`);
    log.begin();
    await capture(rig.dir, log, `console.log('ready')`);
    const seen: string[] = [];
    const stop = log.watch((line) => seen.push(line));
    expect(seen).toEqual(['ready']);
    await capture(rig.dir, log, `console.log('done')`);
    stop();
    expect(seen).toEqual(['ready', 'done']);
  });

  it('has notes and one-shot output in order, each with its stream', async () => {
    const log = rig.store.open('a', 2, ROOMY);
    log.note('build begins\nsecond line ü');
    log.append('stdout', Buffer.from('step 1\nste'));
    log.append('stdout', Buffer.from('p 2'));
    log.begin();
    log.append('stderr', Buffer.from('oops\n'));
    await log.close();
    const all = await readAll({ dir: rig.logs });
    expect(all.map(({ stream, line }) => [stream, line])).toEqual([
      ['msvc', 'build begins'],
      ['msvc', 'second line ü'],
      ['stdout', 'step 1'],
      ['stdout', 'step 2'],
      ['stderr', 'oops'],
    ]);
    expect(new Set(all.map(({ service, replica }) => `${service}.${replica}`))).toEqual(new Set(['a.2']));
  });

  it('takes what a pipe holds when it is closed while somebody keeps the pipe open', async () => {
    const log = rig.store.open('a', 1, ROOMY);
    const pipe = makePipe(rig.dir);
    const done = log.attach(pipe.read, 'stdout');
    fs.writeSync(pipe.write, 'x'.repeat(30_000).concat('\nthe end'));
    await log.close();
    await done;
    fs.closeSync(pipe.write);
    expect((await lines({ dir: rig.logs })).map((line) => line.length)).toEqual([30_000, 7]);
  });

  it('keeps files and folder to their owner', async () => {
    const log = rig.store.open('a', 1, ROOMY);
    log.note('x');
    await log.close();
    expect(fs.statSync(rig.logs).mode & 0o777).toBe(0o700);
    expect(fs.statSync(path.join(rig.logs, 'a.1.log')).mode & 0o777).toBe(0o600);
  });
});
