import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeLogs } from '../../../../src/runtime/logs/file-names.ts';
import { type LogRecord, readLogs } from '../../../../src/runtime/logs/read.ts';
import { readLogText, type TextQuery } from '../../../../src/runtime/logs/read-text.ts';
import { Segment } from '../../../../src/runtime/logs/segment.ts';
import { createRig, lines, type Rig, ROOMY, readAll } from './rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = createRig();
  fs.mkdirSync(rig.logs);
});
afterEach(async () => {
  await rig.dispose();
  expect(fs.existsSync(rig.dir)).toBe(false);
});

const T0 = Date.UTC(2026, 0, 1);
const at = (ms: number): string => new Date(T0 + ms).toISOString();

function write(name: string, ...written: string[]): void {
  fs.appendFileSync(path.join(rig.logs, name), written.map((line) => `${line}\n`).join(''), 'latin1');
}

async function text(query: Omit<TextQuery, 'dir' | 'label' | 'colour'> & { colour?: boolean }): Promise<string> {
  const parts: Buffer[] = [];
  const label: TextQuery['label'] = ({ service, replica }, stream) =>
    `${service}.${replica}${stream === 'stderr' ? '!' : ''} $1| `;
  for await (const part of readLogText({ colour: false, ...query, dir: rig.logs, label })) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('searching', () => {
  it('finds each line once, wherever blocks end, and long ones', async () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const written = Array.from({ length: 9_000 }, (_, i) => {
      const long = i % 3_000 === 2_999 ? 700_000 : random(600);
      return `${i}${random(40) === 0 ? ' needle ' : ' '}${'x'.repeat(long)}${random(200) === 0 ? ' needle' : ''}`;
    });
    write('a.1.log', ...written.map((line) => `${at(0)} o ${line}`));
    const found = await lines({ dir: rig.logs, grep: 'needle' });
    expect(found).toEqual(written.filter((line) => line.includes('needle')));
    expect(found.length).toBeGreaterThan(100);
    expect(await lines({ dir: rig.logs, grep: '8999 ' })).toHaveLength(1);
  });

  it('reads on while it looks through what it has', async () => {
    write('a.1.log', ...Array.from({ length: 40_000 }, (_, i) => `${at(0)} o line ${i} ${'x'.repeat(40)}`));
    const file = path.join(rig.logs, 'a.1.log');
    const stats = { bytes: 0 };
    const segment = await Segment.open(file, stats);
    const underWay: number[] = [];
    const text = await segment!.next(true, () => {
      underWay.push(process.getActiveResourcesInfo().filter((one) => one === 'FSReqPromise').length);
      return true;
    });
    await segment!.close();
    expect(text).toBe('');
    expect(underWay.length).toBeGreaterThan(4);
    // The read that is just over is counted too; the last block has nothing that follows it.
    const last = underWay.pop() as number;
    expect(underWay).toEqual(underWay.map(() => last + 1));
    expect(stats.bytes).toBeLessThan(fs.statSync(file).size * 1.01);
  });
});

describe('reading', () => {
  it('merges services, replicas and rotated files by time, keeping the order within each', async () => {
    write('a.1.log.1', `${at(1)} o a1`, `${at(3)} e a3`);
    write('a.1.log', `${at(5)} o a5`, `${at(5)} o a5 again`, `${at(4)} o a4 late`);
    write('a.2.log', `${at(2)} o A2`, `${at(4)} m A4`, `${at(9)} o A9`);
    write('b.1.log', `${at(0)} o b0`, `${at(4)} o b4`);
    const all = await readAll({ dir: rig.logs });
    expect(all.map(({ line }) => line)).toEqual([
      'b0',
      'a1',
      'A2',
      'a3',
      'A4',
      'b4',
      'a5',
      'a5 again',
      'a4 late',
      'A9',
    ]);
    expect(all[3]).toEqual({ time: T0 + 3, service: 'a', replica: 1, stream: 'stderr', line: 'a3' });
    expect(all[4]!.stream).toBe('msvc');
    expect(await lines({ dir: rig.logs, services: [{ service: 'a', replica: 2 }] })).toEqual(['A2', 'A4', 'A9']);
    expect(await lines({ dir: rig.logs, services: [{ service: 'a' }, { service: 'b' }] })).toHaveLength(10);
    expect(await lines({ dir: rig.logs, services: [] })).toEqual([]);
    expect(await text({})).toBe(
      'b.1 $1| b0\na.1 $1| a1\na.2 $1| A2\na.1! $1| a3\na.2 $1| A4\nb.1 $1| b4\na.1 $1| a5\na.1 $1| a5 again\na.1 $1| a4 late\na.2 $1| A9\n',
    );
  });

  it('finds nothing where there is no folder', async () => {
    expect(await lines({ dir: path.join(rig.dir, 'none') })).toEqual([]);
  });

  it('gives the last lines of all, after the filter, and within a range', async () => {
    for (let i = 0; i < 50; i++)
      write(i % 2 ? 'a.1.log' : 'b.1.log', `${at(i)} o ${i % 3 === 0 ? 'three' : 'other'} ${i}`);
    const dir = rig.logs;
    expect(await lines({ dir, last: 3 })).toEqual(['other 47', 'three 48', 'other 49']);
    expect(await lines({ dir, last: 2, grep: 'three' })).toEqual(['three 45', 'three 48']);
    expect(await lines({ dir, last: 2, grep: /^three \d$/ })).toEqual(['three 6', 'three 9']);
    expect(await lines({ dir, last: 0 })).toEqual([]);
    expect(await lines({ dir, last: 500 })).toHaveLength(50);
    expect(await lines({ dir, sinceMs: T0 + 10, untilMs: T0 + 12 })).toEqual(['other 10', 'other 11']);
    expect(await lines({ dir, sinceMs: T0 + 48, last: 10 })).toEqual(['three 48', 'other 49']);
    expect(await lines({ dir, untilMs: T0 + 3, last: 2 })).toEqual(['other 1', 'other 2']);
    expect(await lines({ dir, sinceMs: T0 + 99 })).toEqual([]);
    expect(await text({ last: 1, timestamps: true })).toBe(`a.1 $1| ${at(49)} other 49\n`);
  });

  it('joins pieces with their own, also where two occupants of a slot wrote at once', async () => {
    write(
      'a.1.log',
      `${at(1)}\x1fo>one `,
      `${at(2)}\x1fO>ONE `,
      `${at(3)} e whole`,
      `${at(3)}\x1fo=and `,
      `${at(4)}\x1fO<TWO`,
      `${at(5)}\x1fo<two\r`,
      `${at(6)}\x1fo>cut off by a kill`,
      `${at(7)}\x1fo>prompt? `,
      `${at(8)}\x1fo<`,
      `${at(9)}\x1fo<rest only`,
      `${at(9)}\x1fo>open`,
    );
    const all = await readAll({ dir: rig.logs });
    expect(all.map(({ time, line }) => [time - T0, line])).toEqual([
      [3, 'whole'],
      [4, 'ONE TWO'],
      [5, 'one and two'],
      [6, 'cut off by a kill'],
      [8, 'prompt? '],
      [9, 'rest only'],
      [9, 'open'],
    ]);
    expect(await lines({ dir: rig.logs, grep: /one and two/ })).toEqual(['one and two']);
    expect(await lines({ dir: rig.logs, grep: 'NE TW' })).toEqual(['ONE TWO']);
    expect(await lines({ dir: rig.logs, last: 2 })).toEqual(['rest only', 'open']);
  });

  it('takes the rest of a line for no frame of a trace, though it begins with a blank', async () => {
    write('a.1.log', `${at(1)}\x1fo>one`, `${at(4)}\x1fo= and`, `${at(5)}\x1fo< two`, `${at(6)} o last`);
    write('b.1.log', `${at(2)} o b2`, `${at(3)} o b3`);
    expect(await lines({ dir: rig.logs })).toEqual(['b2', 'b3', 'one and two', 'last']);
  });

  it('passes on what is not msvc’s as it is', async () => {
    write('a.1.log', 'typed by hand', `${at(1)} o fine`, 'x', '', '9999-99-99T99:99:99.999Z o not a time');
    expect(await lines({ dir: rig.logs })).toEqual([
      'typed by hand',
      'fine',
      'x',
      '',
      '9999-99-99T99:99:99.999Z o not a time',
    ]);
    expect(await lines({ dir: rig.logs, last: 2 })).toHaveLength(2);
  });

  it('decodes UTF-8, and finds text in it, in colour or not', async () => {
    const bytes = (line: string): string => Buffer.from(line).toString('latin1');
    write('a.1.log', `${at(1)} o ${bytes('größe €')}`, `${at(2)} o \x1b[31mred\x1b[0m thing`, `${at(3)} o \xff\xfe`);
    expect(await lines({ dir: rig.logs, grep: 'größe' })).toEqual(['größe €']);
    expect(await lines({ dir: rig.logs, grep: /GRÖSSE|GRÖẞE|gröSSE|GRÖßE/i })).toEqual(['größe €']);
    expect(await lines({ dir: rig.logs, grep: 'red thing' })).toEqual(['\x1b[31mred\x1b[0m thing']);
    expect((await lines({ dir: rig.logs }))[2]).toBe('\ufffd\ufffd');
    expect(await text({})).toBe('a.1 $1| größe €\na.1 $1| red thing\na.1 $1| \ufffd\ufffd\n');
    expect(await text({ colour: true, grep: 'red' })).toBe('a.1 $1| \x1b[31mred\x1b[0m thing\n');
  });
});

describe('large files', () => {
  const LINES = 1_500_000;

  /** About 190 MB, one line a millisecond. */
  function writeLarge(name: string): void {
    const fd = fs.openSync(path.join(rig.logs, name), 'a');
    const body = 'x'.repeat(80);
    for (let i = 0; i < LINES; i += 10_000) {
      let block = '';
      for (let j = i; j < i + 10_000; j++) block += `${at(j)} o line ${j} ${body}\n`;
      fs.writeSync(fd, block, null, 'latin1');
    }
    fs.closeSync(fd);
  }

  it('reads little of them for the last lines or the latest minutes', async () => {
    writeLarge('a.1.log');
    const stats = { bytes: 0 };
    const last = await lines({ dir: rig.logs, last: 100, stats });
    expect(last.map((line) => Number(line.split(' ')[1]))).toEqual(
      Array.from({ length: 100 }, (_, i) => LINES - 100 + i),
    );
    expect(stats.bytes).toBeLessThan(1_000_000);

    stats.bytes = 0;
    const since = await lines({ dir: rig.logs, sinceMs: T0 + LINES - 1000, stats });
    expect(since).toHaveLength(1000);
    expect(since[0]).toMatch(new RegExp(`^line ${LINES - 1000} `));
    expect(stats.bytes).toBeLessThan(1_500_000);

    stats.bytes = 0;
    const middle = await lines({ dir: rig.logs, sinceMs: T0 + 700_000, untilMs: T0 + 700_010, stats });
    expect(middle.map((line) => Number(line.split(' ')[1]))).toEqual(Array.from({ length: 10 }, (_, i) => 700_000 + i));
    expect(stats.bytes).toBeLessThan(3_000_000);

    stats.bytes = 0;
    expect(await lines({ dir: rig.logs, grep: /line 14999\d5 x+$/, last: 2, stats })).toHaveLength(2);
    expect(stats.bytes).toBeLessThan(1_000_000);
    expect(await lines({ dir: rig.logs, grep: 'line 1234567 ' })).toHaveLength(1);
  });
});

describe('following', () => {
  /** What a follower gives, awaited line by line. */
  function follow(options: { last?: number; grep?: string } = {}) {
    const abort = new AbortController();
    const reader = readLogs({ dir: rig.logs, follow: true, signal: abort.signal, ...options });
    const waiting: LogRecord[] = [];
    return {
      async next(): Promise<string> {
        while (waiting.length === 0) {
          const { value, done } = await reader.next();
          if (done) throw new Error('ended');
          waiting.push(...value);
        }
        return waiting.shift()!.line;
      },
      async stop(): Promise<void> {
        const end = reader.next();
        abort.abort();
        expect((await end).done).toBe(true);
      },
    };
  }

  it('gives what was there and what comes, of new replicas and new services too', async () => {
    write('a.1.log', `${at(1)} o first`, `${at(2)} o second`);
    const follower = follow({ last: 1 });
    expect(await follower.next()).toBe('second');
    write('a.1.log', `${at(3)} o third`);
    expect(await follower.next()).toBe('third');
    write('a.2.log', `${at(4)} o other replica`);
    expect(await follower.next()).toBe('other replica');
    write('new.1.log', `${at(5)} o new service`);
    expect(await follower.next()).toBe('new service');
    await follower.stop();
  });

  it('waits for a folder that does not exist yet, and for one that was removed', async () => {
    fs.rmdirSync(rig.logs);
    const follower = follow();
    const next = follower.next();
    fs.mkdirSync(rig.logs);
    write('a.1.log', `${at(1)} o here`);
    expect(await next).toBe('here');
    await removeLogs(rig.logs);
    fs.mkdirSync(rig.logs);
    write('a.1.log', `${at(2)} o here again`);
    expect(await follower.next()).toBe('here again');
    await follower.stop();
  });

  it('does not take up a line before all of it is written, but gives a prompt', async () => {
    const follower = follow();
    const file = path.join(rig.logs, 'a.1.log');
    fs.appendFileSync(file, `${at(1)} o ha`);
    const next = follower.next();
    write('b.1.log', `${at(1)} o b`);
    expect(await next).toBe('b');
    fs.appendFileSync(file, 'lf\n');
    expect(await follower.next()).toBe('half');
    write('a.1.log', `${at(2)}\x1fo>Name? `);
    expect(await follower.next()).toBe('Name? ');
    write('a.1.log', `${at(3)}\x1fo<Ada`);
    expect(await follower.next()).toBe('Ada');
    await follower.stop();
  });

  it('loses and repeats nothing while files rotate under it', async () => {
    const log = rig.store.open('a', 1, { maxSizeBytes: 200_000, maxFiles: 4 });
    const follower = follow();
    const block = 500;
    for (let i = 0; i < 20_000; i += block) {
      log.append('stdout', Buffer.from(Array.from({ length: block }, (_, j) => `line ${i + j}\n`).join('')));
      for (let j = 0; j < block; j++) expect(await follower.next()).toBe(`line ${i + j}`);
    }
    expect(fs.readdirSync(rig.logs)).toHaveLength(4);
    await follower.stop();
  });

  it('reads on through files that are rotated while it reads', async () => {
    const log = rig.store.open('a', 1, { maxSizeBytes: 400_000, maxFiles: 8 });
    const say = (from: number): void => {
      log.append('stdout', Buffer.from(Array.from({ length: 20_000 }, (_, i) => `line ${from + i}\n`).join('')));
    };
    say(0);
    await log.flush();
    let wanted = 0;
    for await (const batch of readLogs({ dir: rig.logs })) {
      if (wanted === 0) {
        say(20_000);
        await log.flush();
      }
      for (const { line } of batch) expect(line).toBe(`line ${wanted++}`);
    }
    expect(wanted).toBeGreaterThanOrEqual(20_000);
    expect(await lines({ dir: rig.logs, last: 1 })).toEqual(['line 39999']);
  });

  it('filters what it follows', async () => {
    const follower = follow({ grep: 'yes' });
    const next = follower.next();
    const log = rig.store.open('a', 1, ROOMY);
    log.append('stdout', Buffer.from('no\nyes 1\nno\n'));
    expect(await next).toBe('yes 1');
    await follower.stop();
  });
});
