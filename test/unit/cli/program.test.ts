/** The command line itself: which command is meant, what help and mistakes look like, how flags and variables add up. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { LIGHT } from '../../../src/cli/commands/light.ts';
import { LIGHT_NAMES, LOOK_NAMES } from '../../../src/cli/commands/light-names.ts';
import { LOOK } from '../../../src/cli/commands/look.ts';
import { explanationOf } from '../../../src/cli/examples.ts';
import { commandIndex, readGlobals } from '../../../src/cli/globals.ts';
import { runProgram, wholeProgram } from '../../../src/cli/program.ts';
import { commandReference, errorReference } from '../../../src/cli/reference.ts';
import { ERRORS, type MsvcError } from '../../../src/model/error.ts';
import { Captured } from './capture.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../src/cli/commands');

async function call(argv: readonly string[]) {
  const out = new Captured();
  const err = new Captured();
  const around = { cwd: '/', env: {}, out: out.output, err: err.output };
  const result = await runProgram(argv, around, COMMANDS).catch((error: unknown) => error);
  return { result, out: out.text, err: err.text };
}

describe('the table of commands', () => {
  test('has a line for each file, and a file for each line', () => {
    const files = readdirSync(FOLDER)
      .map((file) => file.replace(/\.ts$/, ''))
      .filter((name) => !['index', 'light', 'light-names', 'look'].includes(name));
    expect(COMMANDS.map((entry) => entry.name).sort()).toEqual(files.sort());
  });

  test('names the light ones once', () => {
    expect(Object.keys(LIGHT)).toEqual([...LIGHT_NAMES]);
    for (const name of LIGHT_NAMES) expect(COMMANDS).toContain(LIGHT[name]);
    expect(Object.keys(LOOK)).toEqual([...LOOK_NAMES]);
    for (const name of LOOK_NAMES) expect(COMMANDS).toContain(LOOK[name]);
  });

  test('loads what it names', async () => {
    for (const { name, load } of COMMANDS) {
      expect(await load(), name).toHaveProperty('define');
      expect(readFileSync(path.join(FOLDER, `${name}.ts`), 'utf8')).toContain('bind(');
    }
  });

  test('summaries are short and alike', () => {
    for (const { summary } of COMMANDS) expect(summary).toMatch(/^[a-z][^.!]{3,75}$/);
  });
});

describe('help', () => {
  test('`msvc` and `msvc --help` list the commands in groups', async () => {
    const { out, result } = await call([]);
    expect(result).toBe(0);
    for (const { name, group } of COMMANDS) if (group) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(out).toContain('Run a system:');
    expect(out).not.toContain('  complete ');
    expect((await call(['--help'])).out).toBe(out);
  });

  test('`msvc help up` is `msvc up --help`, with examples', async () => {
    const { out, result } = await call(['help', 'up']);
    expect(result).toBe(0);
    expect(out).toContain('Examples:\n  msvc up ');
    expect((await call(['up', '--help'])).out).toBe(out);
    expect((await call(['-p', 'x', 'help', 'up'])).out).toBe(out);
  });

  test('fits 100 columns', async () => {
    const program = await wholeProgram(
      { cwd: '/', env: {}, out: new Captured().output, err: new Captured().output },
      COMMANDS,
    );
    for (const command of program.commands) {
      const { examples } = explanationOf(command);
      for (const { line, does } of examples) expect(`${line}${does}`.length).toBeLessThan(140);
    }
  });
});

describe('mistakes', () => {
  test.each([
    [['upp'], 'unknown command "upp"', 'did you mean up?'],
    [['up', '--detac'], 'unknown option "--detac"', 'did you mean --detach?'],
    [['db', 'shel', 'x'], 'unknown command "shel"', 'did you mean shell?'],
    [
      ['wait', '--for', 'happy'],
      '--for <state> does not take "happy". Allowed choices are healthy, completed, stopped',
      undefined,
    ],
    [['scale'], 'missing required argument "service=n"', '`msvc help scale`'],
    [['db', 'query'], 'missing required argument "service"', '`msvc help db query`'],
    [['help', 'upp'], 'unknown command "upp"', 'did you mean up?'],
    [['upp', '--help'], 'unknown command "upp"', 'did you mean up?'],
    [['why', 'a', 'b'], 'too many arguments for "why"', undefined],
    [['kill', '-s', 'NOPE'], 'there is no signal "NOPE"', undefined],
    [['up', '-d', '--exit-code-from', 'x'], '--exit-code-from stays attached', 'msvc wait'],
    [['up', '--wait-timeout', '5s'], '--wait-timeout goes with --wait', undefined],
    [['up', '--json'], '--json goes with -d', undefined],
    [['ps', '-p', 'Not A Name'], 'cannot be a project', 'lower-case'],
  ])('%j', async (argv, message, hint) => {
    const { result } = await call(argv);
    const error = result as MsvcError;
    expect(error.code).toBe('MSVC_USAGE');
    expect(error.message).toContain(message);
    if (hint !== undefined) expect(error.hint).toContain(hint);
  });

  test('a command without the action it needs shows its help', async () => {
    const { result, err } = await call(['db']);
    expect(result).toBe(2);
    expect(err).toContain('msvc db');
  });
});

describe('global flags', () => {
  test.each([
    [['ps'], 0],
    [['-f', 'x.yaml', 'ps'], 2],
    [['--file=x.yaml', 'ps'], 1],
    [['-fx.yaml', 'ps'], 1],
    [['--no-color', '-p', 'ps', 'up'], 3],
    [['--', 'ps'], 1],
    [['-f'], -1],
    [[], -1],
  ])('the command in %j is at %d', (argv, at) => {
    expect(commandIndex(argv)).toBe(at);
  });

  test('before and after the command add up; flags beat variables', () => {
    const chain = [
      { file: ['a.yaml'], projectName: 'one' },
      { file: ['b.yaml'], projectName: 'two', color: false },
    ];
    const env = { MSVC_FILE: 'c.yaml', MSVC_PROJECT_NAME: 'three', MSVC_PROFILES: 'x, y,' };
    expect(readGlobals(chain, '/w', env).globals).toEqual({
      files: ['/w/a.yaml', '/w/b.yaml'],
      projectName: 'two',
      profiles: ['x', 'y'],
      envFiles: [],
      ansi: 'never',
    });
    expect(readGlobals([{}], '/w', env).globals).toMatchObject({ files: ['/w/c.yaml'], projectName: 'three' });
    expect(readGlobals([{ projectDirectory: 'sub' }], '/w', {}).cwd).toBe('/w/sub');
  });

  test('a command keeps its own short flags', async () => {
    const { out } = await call(['logs', '--help']);
    expect(out).toMatch(/^ {2}-f, --follow/m);
    expect(out).toMatch(/^ {2}--file <path>/m);
  });
});

describe('reference pages', () => {
  test('every command, flag and error is there', async () => {
    const page = await commandReference();
    for (const { name, group } of COMMANDS) {
      if (group) expect(page).toContain(`## msvc ${name}\n`);
    }
    expect(page).toContain('### msvc db reset');
    expect(page).toContain('`--exit-code-from <service>`');
    const errors = errorReference();
    for (const code of Object.keys(ERRORS)) expect(errors).toContain(`## ${code}\n`);
  });
});
