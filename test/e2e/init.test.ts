/** `msvc init` and `msvc import`: from an empty folder, or another tool's file, to a system that is healthy. */
import { existsSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ImportJson, InitJson, NewServiceJson } from '../../src/cli/json-contract.ts';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { documentProblems, type OpenApi } from '../rig/openapi.ts';
import { lacks, skipIf } from '../rig/skip.ts';

function expectStrays(rig: Rig): void {
  for (const file of rig.strays()) rig.expectFile(file);
}

test('an empty folder: init, a service, up: healthy', async () => {
  await using rig = await createRig({});
  try {
    const made = (await rig.ok(['init', '--yes', '--json'])).json<InitJson>();
    expect(made).toMatchObject({ imported: null, service: null, ignored: false, written: true });
    expect(existsSync(rig.path('.msvc/msvc.schema.json'))).toBe(true);
    mkdirSync(rig.path('0'));
    await rig.ok(['init', '--yes'], { cwd: rig.path('0') });
    expect(rig.read('0/msvc.yaml')).toContain('\nname: "0"\n');
    const empty = await rig.msvc(['up', '-d', '--wait']);
    expect(empty.code).toBe(3);
    expect(empty.stderr).toContain('`msvc new service NAME` adds one');
    (await rig.ok(['new', 'service', 'orders', '--template', 'javascript', '--json'])).json<NewServiceJson>();
    await rig.up();
    expect((await rig.get('/api/orders')).status).toBe(200);
    await rig.ok(['smoke']);
    const document = await rig.ok(['openapi', 'orders']);
    expect(document.json()).toMatchObject({ openapi: '3.1.0', info: { title: 'Orders' } });
    expect((await rig.ok(['openapi', 'orders', '--live'])).json()).toEqual(document.json());
    const all = (await rig.ok(['openapi'])).json<OpenApi>();
    expect(documentProblems(all)).toEqual([]);
    // Health is the service's own: no route leads there.
    expect(Object.keys(all.paths)).toEqual(['/api/orders', '/api/orders/{id}']);
    const again = await rig.msvc(['init', '--yes']);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('msvc.yaml is there already');
  } finally {
    expectStrays(rig);
  }
});

test('a folder with a Procfile, in git: it is imported, told line by line, and runs', async () => {
  await using rig = await createRig({
    Procfile: 'web: node ${PUPPET} # the page\nno such line\nloop: node ${PUPPET} --worker\n',
    '.gitignore': 'node_modules/',
  });
  try {
    mkdirSync(rig.path('.git'));
    const init = await rig.ok(['init', '--yes']);
    expect(init.stdout).toMatch(/^1 {2}translated {2}web:.*\n2 {2}needs you {3}no such line.*\n3 {2}translated/);
    expect(init.stdout).toContain('1 place in it needs you');
    expect(rig.read('.gitignore')).toBe('node_modules/\n.msvc/\n');
    await rig.up();
    expect((await rig.get('/')).status).toBe(200);
  } finally {
    expectStrays(rig);
  }
});

test('import: a dry run writes nothing, the real one overwrites nothing', async () => {
  await using rig = await createRig({
    'compose.yaml': 'services:\n  web:\n    command: node $PUPPET\n    port: auto\n',
  });
  try {
    const dry = (await rig.ok(['import', 'compose.yaml', '--dry-run', '--json'])).json<ImportJson>();
    expect(dry).toMatchObject({ kind: 'compose', services: ['web'], written: false });
    expect(dry.lines.map(({ line, fate }) => `${line} ${fate}`)).toEqual(['1 kept', '2 kept', '3 kept', '4 kept']);
    expect(existsSync(rig.path('msvc.yaml'))).toBe(false);
    await rig.ok(['import', 'compose.yaml']);
    expect(rig.read('msvc.yaml')).toBe(dry.text);
    expect((await rig.msvc(['import', 'compose.yaml'])).code).toBe(2);
    const unknown = await rig.msvc(['import', '.msvc/.gitignore', '-o', 'other.yaml']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('it can import compose.yaml, Procfile');
    await rig.up();
  } finally {
    expectStrays(rig);
  }
});

test('on a terminal it asks little; left in the middle it has written nothing', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig({ 'mprocs.yaml': 'procs:\n  a: sleep 1000\n' });
  try {
    const nobody = await rig.msvc(['init']);
    expect(nobody.code).toBe(2);
    expect(nobody.stderr).toContain('say --yes');
    const terminal = await rig.terminal();
    await terminal.enter('msvc init');
    await terminal.until('the first question', (screen) => screen.includes('Begin with what is in mprocs.yaml'));
    await terminal.press('C-c');
    await terminal.untilPrompt();
    expect(existsSync(rig.path('msvc.yaml'))).toBe(false);
    await terminal.enter('clear; msvc init');
    await terminal.until('the first question', (screen) => screen.includes('Begin with what is in mprocs.yaml'));
    await terminal.enter('n');
    await terminal.until('the second', (screen) => screen.includes('Name of the project? [p]'));
    await terminal.enter('Not A Name');
    await terminal.until('what is wrong', (screen) => screen.includes('lower-case letters'));
    await terminal.enter('shop');
    await terminal.until('the third', (screen) => screen.includes('A first service?'));
    await terminal.enter('items');
    await terminal.until('the end', (screen) => screen.includes('next: msvc up'));
    expect(rig.read('msvc.yaml')).toMatch(/\nname: shop\n[\s\S]*\n {2}items:\n/);
  } finally {
    expectStrays(rig);
  }
});
