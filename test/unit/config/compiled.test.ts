/** Definitions kept from an earlier command: used only while everything they were made from is the same. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Compiled, keepCompiled, readCompiled } from '../../../src/config/compiled/compiled.ts';
import { Definition } from '../../../src/config/definition.ts';
import { type LoadOptions, loadProject } from '../../../src/config/index.ts';

const FILES: Readonly<Record<string, string>> = {
  'msvc.yaml': `name: kept
include: [more/extra.yaml]
secrets:
  token: { environment: API_TOKEN }
  key: { file: key.txt }
services:
  web:
    command: node server.js
    working_dir: web
    env_file: [web.env, { path: maybe.env, required: false }]
    environment: { LEVEL: "\${LEVEL:-info}", FROM_DOTENV: "\${DOTENV_VALUE}", HOME_OF: "\${SHELL_VALUE}" }
    secrets: [token, key]
    database: { migrations: db }
`,
  'more/extra.yaml': 'services: { extra: { command: sleep 1000 } }\n',
  '.env': 'DOTENV_VALUE=of-the-dotenv-file\n',
  'web.env': 'IN_ENV_FILE=of-the-env-file\n',
  'key.txt': 'of-the-secret-file\n',
  'web/db/1.sql': '',
};
const SHELL = { API_TOKEN: 'of-the-secret-variable', SHELL_VALUE: 'of-the-shell', OTHER: 'x' };

interface Place extends Disposable {
  readonly dir: string;
  options(change?: Partial<LoadOptions>): LoadOptions;
  write(file: string, text: string): void;
  /** Reads the definition the long way and keeps it. */
  keep(change?: Partial<LoadOptions>): Promise<Compiled>;
  /** The file that holds it; there is one. */
  readonly file: string;
}

function place(): Place {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'compiled-')));
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), text);
  };
  for (const [file, text] of Object.entries(FILES)) write(file, text);
  mkdirSync(path.join(dir, '.msvc'));
  const folder = path.join(dir, '.msvc/compiled');
  const options = (change: Partial<LoadOptions> = {}): LoadOptions => ({
    cwd: dir,
    files: [],
    envFiles: [],
    environment: SHELL,
    ...change,
  });
  return {
    dir,
    options,
    write,
    async keep(change) {
      const loaded = await loadProject(options(change));
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics));
      const compiled = { definition: Definition.of(loaded.project, loaded.inputs), warnings: loaded.warnings };
      keepCompiled(options(change), compiled, loaded.inputs);
      return compiled;
    },
    get file() {
      const [name, ...more] = readdirSync(folder);
      expect(more).toEqual([]);
      return path.join(folder, name as string);
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true }),
  };
}

/** As it comes through JSON, which the engine gets it by in any case. */
const asData = ({ definition, warnings }: Compiled): unknown =>
  JSON.parse(JSON.stringify({ project: definition.project, outline: definition.outline, warnings }));

test('what was kept is what was read', async () => {
  using at = place();
  expect(readCompiled(at.options())).toBeNull();
  const read = await at.keep();
  expect(asData(readCompiled(at.options())!)).toEqual(asData(read));
  expect(readCompiled(at.options())!.definition.json).toBe(read.definition.json);
  // Variables that the definition does not use do not matter.
  expect(readCompiled(at.options({ environment: { ...SHELL, OTHER: 'y', NEW: 'z' } }))).not.toBeNull();
});

test('warnings are kept with it', async () => {
  using at = place();
  at.write('msvc.yaml', `version: "3"\n${FILES['msvc.yaml']}`);
  const { warnings } = await at.keep();
  expect(warnings.map(({ message }) => message).join()).toContain('version');
  expect(asData(readCompiled(at.options())!)).toMatchObject({ warnings: JSON.parse(JSON.stringify(warnings)) });
});

const CHANGES: Readonly<Record<string, (at: Place) => unknown>> = {
  'the definition is edited': (at) => at.write('msvc.yaml', `${FILES['msvc.yaml']}\n`),
  'an override appears': (at) => at.write('msvc.override.yaml', 'services: { web: { replicas: 2 } }'),
  'an included file is edited': (at) => at.write('more/extra.yaml', 'services: { extra: { command: sleep 2000 } }\n'),
  '.env is edited': (at) => at.write('.env', 'DOTENV_VALUE=another\n'),
  '.env goes': (at) => unlinkSync(path.join(at.dir, '.env')),
  'an env file is edited': (at) => at.write('web.env', 'IN_ENV_FILE=another\n'),
  'an optional env file appears': (at) => at.write('maybe.env', 'A=1\n'),
  'the file of a secret is edited': (at) => at.write('key.txt', 'another'),
  'a folder it names goes': (at) => rmSync(path.join(at.dir, 'web/db'), { recursive: true }),
  'a variable has another value': () => ({ environment: { ...SHELL, SHELL_VALUE: 'another' } }),
  'a variable is set that was not': () => ({ environment: { ...SHELL, LEVEL: 'debug' } }),
  'a variable is unset': () => ({ environment: { API_TOKEN: SHELL.API_TOKEN } }),
  'a secret variable has another value': () => ({ environment: { ...SHELL, API_TOKEN: 'another' } }),
  'a variable names another project': () => ({ environment: { ...SHELL, MSVC_PROJECT_NAME: 'other' } }),
  'another project name is given': () => ({ projectName: 'other' }),
  'another gateway port is given': () => ({ gatewayPort: 9999 }),
  'an env file is given': () => ({ envFiles: ['web.env'] }),
  'its files are named': (at) => ({ files: [path.join(at.dir, 'msvc.yaml')] }),
};

test.for(Object.keys(CHANGES))('it is not used when %s', async (what) => {
  using at = place();
  await at.keep();
  const change = (CHANGES[what]!(at) ?? {}) as Partial<LoadOptions>;
  expect(readCompiled(at.options(change))).toBeNull();
});

test('it is not used when a secret that is no text is edited', async () => {
  using at = place();
  writeFileSync(path.join(at.dir, 'key.txt'), Buffer.from([0xff, 1]));
  await at.keep();
  expect(readCompiled(at.options())).not.toBeNull();
  writeFileSync(path.join(at.dir, 'key.txt'), Buffer.from([0xfe, 1]));
  expect(readCompiled(at.options())).toBeNull();
});

test('it is not used when its folder is another by now', async () => {
  using at = place();
  using other = place();
  const link = path.join(at.dir, 'link');
  symlinkSync(at.dir, link);
  await at.keep({ cwd: link });
  expect(readCompiled(at.options({ cwd: link }))).not.toBeNull();
  unlinkSync(link);
  symlinkSync(other.dir, link);
  mkdirSync(path.join(other.dir, '.msvc/compiled'), { recursive: true });
  writeFileSync(path.join(other.dir, '.msvc/compiled', path.basename(at.file)), readFileSync(at.file));
  expect(readCompiled(at.options({ cwd: link }))).toBeNull();
});

test('nobody reads values out of it', async () => {
  using at = place();
  await at.keep();
  expect(statSync(at.file).mode & 0o777).toBe(0o600);
  expect(statSync(path.dirname(at.file)).mode & 0o777).toBe(0o700);
  const content = readFileSync(at.file, 'latin1');
  for (const value of [SHELL.API_TOKEN, SHELL.SHELL_VALUE, 'of-the-dotenv-file', 'of-the-env-file', 'of-the-secret']) {
    expect(content).not.toContain(value);
  }
});

test('a broken file is as good as none', async () => {
  using at = place();
  await at.keep();
  const { file } = at;
  const whole = readFileSync(file);
  const header = whole.indexOf('\n') + 1;
  const flipped = (at: number): Buffer => {
    const copy = Buffer.from(whole);
    copy[at]! ^= 1;
    return copy;
  };
  const broken = [
    Buffer.alloc(0),
    Buffer.from('{}\n'),
    Buffer.from('null\nx'),
    whole.subarray(0, header),
    whole.subarray(0, header + 20),
    whole.subarray(0, whole.length - 1),
    flipped(header),
    flipped(header + 13),
    flipped(whole.length - 1),
    Buffer.concat([Buffer.from('{"format":0,"inputs":[]}\n'), whole.subarray(header)]),
    Buffer.concat([Buffer.from('{"format":1,"inputs":[]}\n'), whole.subarray(header)]),
  ];
  for (const content of broken) {
    writeFileSync(file, content);
    expect(readCompiled(at.options())).toBeNull();
  }
  truncateSync(file);
  await at.keep();
  expect(readCompiled(at.options())).not.toBeNull();
});

test('where nothing ever ran, no folder is made', async () => {
  using at = place();
  rmSync(path.join(at.dir, '.msvc'), { recursive: true });
  await at.keep();
  expect(readdirSync(at.dir)).not.toContain('.msvc');
});

test('many ways of asking do not pile up', async () => {
  using at = place();
  for (let port = 9000; port < 9020; port += 1) await at.keep({ gatewayPort: port });
  expect(readdirSync(path.join(at.dir, '.msvc/compiled'))).toHaveLength(16);
  expect(readCompiled(at.options({ gatewayPort: 9019 }))).not.toBeNull();
});

test('the one that is used stays, however many come after it', async () => {
  using at = place();
  await at.keep();
  const long = new Date(Date.now() - 86_400_000);
  utimesSync(at.file, long, long);
  for (let port = 9000; port < 9020; port += 1) {
    expect(readCompiled(at.options())).not.toBeNull();
    await at.keep({ gatewayPort: port });
  }
  expect(readCompiled(at.options())).not.toBeNull();
});

test("of a project by another name it lies with what else is that project's, and goes with it", async () => {
  using at = place();
  const asked = { projectName: 'fresh' };
  await at.keep(asked);
  expect(readCompiled(at.options(asked))).toBeNull();
  const state = path.join(at.dir, '.msvc/projects/fresh');
  mkdirSync(state, { recursive: true });
  await at.keep(asked);
  expect(readCompiled(at.options(asked))).not.toBeNull();
  rmSync(state, { recursive: true });
  expect(readCompiled(at.options(asked))).toBeNull();
});
