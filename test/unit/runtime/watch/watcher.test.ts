import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ServiceName, serviceName } from '../../../../src/model/names.ts';
import type { WatchRule } from '../../../../src/model/project.ts';
import {
  createWatcher,
  type ServiceRule,
  type Watcher,
  type WatchFailure,
} from '../../../../src/runtime/watch/watcher.ts';

interface Change {
  readonly service: ServiceName;
  readonly rule: WatchRule;
  readonly files: readonly string[];
}

let dir: string;
let watcher: Watcher | undefined;
let changes: Change[];
let failures: WatchFailure[];
let told: () => void;

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'msvc-watch-'));
  changes = [];
  failures = [];
  told = () => {};
});
afterEach(async () => {
  await watcher?.close();
  watcher = undefined;
  fs.rmSync(dir, { recursive: true, force: true });
});

function rule(service: string, folder = '.', more: Partial<WatchRule> = {}): ServiceRule {
  return {
    service: serviceName(service),
    rule: { path: path.join(dir, folder), action: 'restart', ignore: [], include: [], ...more },
  };
}

async function watch(...rules: ServiceRule[]): Promise<Watcher> {
  watcher = createWatcher({
    rules,
    onChange: (service, which, files) => {
      changes.push({ service, rule: which, files: files.map((file) => path.relative(dir, file)) });
      told();
    },
    onError: (facts) => failures.push(facts),
  });
  await watcher.ready;
  return watcher;
}

/** The next change, and that nothing had come before. */
async function next(act: () => void): Promise<Change> {
  expect(changes).toEqual([]);
  const change = new Promise<void>((resolve) => {
    told = resolve;
  });
  act();
  await change;
  return changes.shift()!;
}

function write(file: string, text = String(Math.random())): void {
  fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
  fs.writeFileSync(path.join(dir, file), text);
}

describe('what counts as a change', () => {
  it('is a file saved, added, replaced by renaming, touched or removed; a chmod is not', async () => {
    write('src/a.js');
    write('src/b.js');
    await watch(rule('web', 'src'));
    const web = { service: 'web', rule: { action: 'restart' } };
    expect(await next(() => write('src/a.js'))).toMatchObject({ ...web, files: ['src/a.js'] });
    expect(await next(() => write('src/deep/er/new.js'))).toMatchObject({ files: ['src/deep/er/new.js'] });
    expect(
      await next(() => {
        write('src/.a.js.swp');
        fs.renameSync(path.join(dir, 'src/.a.js.swp'), path.join(dir, 'src/a.js'));
      }),
    ).toMatchObject({ files: ['src/a.js'] });
    expect(await next(() => write('src/a.js'))).toMatchObject({ files: ['src/a.js'] });
    expect(
      await next(() => {
        fs.chmodSync(path.join(dir, 'src/b.js'), 0o600);
        fs.readFileSync(path.join(dir, 'src/b.js'));
        fs.utimesSync(path.join(dir, 'src/a.js'), new Date(), new Date(Date.now() + 5000));
      }),
    ).toMatchObject({ files: ['src/a.js'] });
    expect(await next(() => fs.rmSync(path.join(dir, 'src/b.js')))).toMatchObject({ files: ['src/b.js'] });
    expect(failures).toEqual([]);
  });

  it('is one for a storm, and one for each service that it concerns', async () => {
    for (let i = 0; i < 400; i++) write(`src/${i % 20}/${i}.js`);
    write('other/x.js');
    await watch(
      rule('web', 'src'),
      rule('web', 'src/3', { action: 'rebuild' }),
      rule('api', 'src'),
      rule('db', 'other'),
    );
    const both = new Promise<void>((resolve) => {
      told = () => changes.length === 2 && resolve();
    });
    for (let i = 0; i < 400; i++) write(`src/${i % 20}/${i}.js`);
    await both;
    expect(changes.map(({ service, files }) => [service, files.length]).sort()).toEqual([
      ['api', 400],
      ['web', 400],
    ]);
    expect(changes.find(({ service }) => service === 'web')!.rule.action).toBe('rebuild');
    changes.length = 0;
    expect(await next(() => write('other/x.js'))).toMatchObject({ service: 'db', files: ['other/x.js'] });
  });

  it('is not what comes and goes while a file is being replaced', async () => {
    write('src/a.js');
    await watch(rule('web', 'src'));
    const change = await next(() => {
      // In two turns, so that both of its states are seen.
      write('src/sedX1');
      setTimeout(() => fs.renameSync(path.join(dir, 'src/sedX1'), path.join(dir, 'src/a.js')), 30);
    });
    expect(change.files).toEqual(['src/a.js']);
  });

  it('is one for a tool that pauses between many files', async () => {
    await watch(rule('web', 'src'));
    const change = await next(() => {
      for (let i = 0; i < 12; i++) write(`src/first/${i}.js`);
      // Longer than the quiet that ends the change of one file.
      setTimeout(() => write('src/second/one.js'), 150);
    });
    expect(change.files).toHaveLength(13);
  });

  it('waits for a git that is at work in the tree', async () => {
    fs.mkdirSync(path.join(dir, 'repo/.git'), { recursive: true });
    write('outside/x');
    await watch(rule('web', 'repo'), rule('other', 'outside'));
    write('repo/.git/index.lock');
    write('repo/a.js');
    // Told only after a whole quiet of its own, in which the first file's was over.
    expect(await next(() => write('outside/x'))).toMatchObject({ service: 'other' });
    const change = await next(() => {
      write('repo/b.js');
      fs.rmSync(path.join(dir, 'repo/.git/index.lock'));
    });
    expect(change).toMatchObject({ service: 'web', files: ['repo/a.js', 'repo/b.js'] });
  });

  it('misses nothing that is made in folders while they are new', async () => {
    await watch(rule('web'));
    const wanted: string[] = [];
    const seen = new Set<string>();
    const all = new Promise<void>((resolve) => {
      told = () => {
        for (const { files } of changes.splice(0)) for (const file of files) seen.add(file);
        if (seen.size === 400) resolve();
      };
    });
    for (let i = 0; i < 100; i++) {
      for (const file of [`${i}/a`, `${i}/deep/b`, `${i}/c`, `${i}/deep/d`]) {
        write(file);
        wanted.push(file);
        // The watcher gets a turn at each stage of a folder's life.
        await new Promise((resolve) => setTimeout(resolve, (i * 7) % 3));
      }
    }
    await all;
    expect([...seen].sort()).toEqual(wanted.sort());
  });

  it('is nothing that tools make, unless taken back', async () => {
    const made = [
      '.git/HEAD',
      'node_modules/m/i.js',
      'a/node_modules/m/i.js',
      'dist/o.js',
      '.venv/x',
      'a/__pycache__/x.pyc',
      '.msvc/logs/a.1.log',
      'a.js~',
      'a/.#a.js',
      'a/4913',
    ];
    for (const file of made) write(file);
    await watch(rule('web', '.', { ignore: ['!dist/', '!.msvc'] }));
    expect(
      await next(() => {
        for (const file of made) write(file);
        write('a/main.js');
      }),
    ).toMatchObject({ files: ['a/main.js', 'dist/o.js'] });
  });

  it('follows ignore and include in order, per rule on one path', async () => {
    await watch(
      rule('web', '.', { ignore: ['**/*.md', '!README.md', 'docs'] }),
      rule('css', '.', { include: ['**/*.css', '!skip.css'] }),
    );
    const both = new Promise<void>((resolve) => {
      told = () => changes.length === 2 && resolve();
    });
    for (const file of ['x.md', 'README.md', 'docs/a.txt', 'a/b.css', 'skip.css', 'a/c.js']) write(file);
    await both;
    const files = Object.fromEntries(changes.map((change) => [change.service, change.files]));
    expect(files).toEqual({ css: ['a/b.css'], web: ['README.md', 'a/b.css', 'a/c.js', 'skip.css'] });
  });
});

describe('paths', () => {
  it('may be a file, may not exist yet, and may be reached by a link', async () => {
    write('one.conf');
    write('two.conf');
    write('real/a.js');
    fs.symlinkSync(path.join(dir, 'real'), path.join(dir, 'link'));
    await watch(rule('file', 'one.conf'), rule('late', 'later/still'), rule('link', 'link'));
    expect(
      await next(() => {
        write('two.conf');
        write('one.conf');
      }),
    ).toMatchObject({ service: 'file', files: ['one.conf'] });
    expect(await next(() => write('later/still/x.js'))).toMatchObject({
      service: 'late',
      files: ['later/still/x.js'],
    });
    expect(await next(() => fs.rmSync(path.join(dir, 'later'), { recursive: true }))).toMatchObject({
      service: 'late',
    });
    expect(await next(() => write('later/still/y.js'))).toMatchObject({ files: ['later/still/y.js'] });
    expect(await next(() => write('real/a.js'))).toMatchObject({ service: 'link', files: ['link/a.js'] });
  });

  it('may hold links that lead back', async () => {
    write('src/a.js');
    fs.symlinkSync('..', path.join(dir, 'src/loop'));
    await watch(rule('web', 'src'));
    expect(await next(() => write('src/a.js'))).toMatchObject({ files: ['src/a.js'] });
    expect(failures).toEqual([]);
  });

  it('change with the rules, without touching those that stay', async () => {
    for (const file of ['a/x', 'b/x', 'c/x']) write(file);
    const own = await watch(rule('a', 'a'), rule('b', 'b'));
    await own.update([rule('b', 'b', { ignore: ['y'] }), rule('c', 'c')]);
    expect(
      await next(() => {
        write('a/x');
        write('b/y');
        write('c/x');
      }),
    ).toMatchObject({ service: 'c', files: ['c/x'] });
    expect(await next(() => write('b/x'))).toMatchObject({ service: 'b', files: ['b/x'] });
  });

  it('are let go: nothing is told after the close', async () => {
    write('a/x');
    const own = await watch(rule('a', 'a'));
    write('a/x');
    await own.close();
    const other = await watch(rule('b', 'a'));
    expect(await next(() => write('a/x'))).toMatchObject({ service: 'b' });
    await other.close();
  });

  it('are not looked at when there is no rule', async () => {
    const own = await watch();
    await own.update([]);
    expect(changes).toEqual([]);
  });

  it('a folder that becomes a file in the same moment as something in it changes', async () => {
    write('src/a/b.js');
    write('src/c.js');
    await watch(rule('web', 'src'));
    const change = await next(() => {
      write('src/a/b.js');
      fs.rmSync(path.join(dir, 'src/a'), { recursive: true });
      write('src/a');
    });
    expect(change.files).toContain('src/a/b.js');
    expect(failures).toEqual([]);
    // It goes on.
    expect((await next(() => write('src/c.js'))).files).toEqual(['src/c.js']);
  });
});
