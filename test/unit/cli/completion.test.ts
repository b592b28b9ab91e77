/** Completion scripts: shells take them, and bash gives the words (asked by its own machinery). */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../src/cli/commands/index.ts';
import { bashScript } from '../../../src/cli/completion/bash.ts';
import { fishScript } from '../../../src/cli/completion/fish.ts';
import { type CommandSpec, commandSpecs, type FlagSpec, flagsOf } from '../../../src/cli/completion/spec.ts';
import { zshScript } from '../../../src/cli/completion/zsh.ts';
import { wholeProgram } from '../../../src/cli/program.ts';
import { REPOSITORY } from '../../rig/cli.ts';
import { lacks, skipIf } from '../../rig/skip.ts';
import { Captured } from './capture.ts';

let dir: string;
let specs: readonly CommandSpec[];
let globals: readonly FlagSpec[];

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'msvc-completion-'));
  const around = { cwd: '/', env: {}, out: new Captured().output, err: new Captured().output };
  const program = await wholeProgram(around, COMMANDS);
  specs = commandSpecs(program);
  globals = flagsOf(program);
  writeFileSync(path.join(dir, 'msvc'), '#!/bin/sh\nprintf "catalog\\norders\\n"\n');
  chmodSync(path.join(dir, 'msvc'), 0o755);
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('bash', () => {
  /** What Tab after these words offers; the last one is the word being typed. */
  function offered(...words: string[]): string[] {
    const file = path.join(dir, 'msvc.bash');
    writeFileSync(file, bashScript(specs, globals));
    const list = ['msvc', ...words].map((word) => `'${word}'`).join(' ');
    const script = `. ${file}; COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _msvc; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...process.env, PATH: `${dir}:${process.env.PATH}` };
    return execFileSync('bash', ['-c', script], { encoding: 'utf8', env, cwd: dir }).split('\n').filter(Boolean);
  }

  test('the script is well-formed', () => {
    const file = path.join(dir, 'check.bash');
    writeFileSync(file, bashScript(specs, globals));
    expect(spawnSync('bash', ['-n', file], { encoding: 'utf8' }).stderr).toBe('');
  });

  test('commands, flags, services, choices, files', () => {
    expect(offered('re')).toEqual(['restart', 'release', 'register']);
    expect(offered('up', '--exit')).toEqual(['--exit-code-from']);
    expect(offered('up', '')).toEqual(['catalog', 'orders']);
    expect(offered('logs', '-f', 'o')).toEqual(['orders']);
    expect(offered('up', '--exit-code-from', 'c')).toEqual(['catalog']);
    expect(offered('wait', '--for', 'h')).toEqual(['healthy']);
    expect(offered('-f', 'ms')).toEqual(expect.arrayContaining(['msvc']));
    expect(offered('-p', 'shop', 'do')).toEqual(['down', 'doctor']);
    expect(offered('db', '')).toEqual(expect.arrayContaining(['path', 'shell', 'query', 'migrate', 'reset']));
    expect(offered('db', 'shell', '')).toEqual(['catalog', 'orders']);
    expect(offered('completion', 'f')).toEqual(['fish']);
    expect(offered('logs', '-n', '')).toEqual([]);
  });
});

describe('zsh and fish', () => {
  test('zsh takes the script', (context) => {
    skipIf(context, lacks('zsh'));
    const file = path.join(dir, '_msvc');
    writeFileSync(file, zshScript(specs, globals));
    expect(spawnSync('zsh', ['-n', file], { encoding: 'utf8' }).stderr).toBe('');
  });

  test('zsh offers commands, flags, services and choices', (context) => {
    skipIf(context, lacks('zsh'));
    const file = path.join(dir, '_msvc');
    writeFileSync(file, zshScript(specs, globals));
    const offered = (line: string): string[] => {
      const into = path.join(dir, 'offered');
      writeFileSync(into, '');
      const env = { ...process.env, PATH: `${dir}:${process.env.PATH}`, HOME: dir, SCRIPT: file, OFFERED: into };
      const ask = path.join(REPOSITORY, 'test/rig/zsh-ask.zsh');
      execFileSync('zsh', ['-f', ask, line], { env, cwd: dir, timeout: 30_000, stdio: 'ignore' });
      return readFileSync(into, 'utf8').split('\n').filter(Boolean);
    };
    expect(offered('msvc re').sort()).toEqual(['register', 'release', 'restart']);
    expect(offered('msvc up --exit')).toEqual(['--exit-code-from']);
    expect(offered('msvc up ')).toEqual(['catalog', 'orders']);
    // -f is of `logs` here, and takes nothing; before the command it names a file.
    expect(offered('msvc -p shop logs -f o')).toEqual(['orders']);
    expect(offered('msvc -f ms')).toEqual(expect.arrayContaining(['msvc']));
    expect(offered('msvc wait --for h')).toEqual(['healthy']);
    expect(offered('msvc db sh')).toEqual(['shell']);
    expect(offered('msvc db shell ')).toEqual(['catalog', 'orders']);
    expect(offered('msvc completion f')).toEqual(['fish']);
  });

  test('fish offers commands, flags, services and choices', (context) => {
    skipIf(context, lacks('fish'));
    const file = path.join(dir, 'msvc.fish');
    writeFileSync(file, fishScript(specs, globals));
    const env = { ...process.env, PATH: `${dir}:${process.env.PATH}`, HOME: dir, XDG_CONFIG_HOME: dir };
    const offered = (line: string): string[] =>
      execFileSync('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`], { encoding: 'utf8', env })
        .split('\n')
        .filter(Boolean)
        .map((word) => word.split('\t')[0] as string);
    expect(offered('msvc re').sort()).toEqual(['register', 'release', 'restart']);
    expect(offered('msvc up --exit')).toEqual(['--exit-code-from']);
    expect(offered('msvc up ')).toEqual(['catalog', 'orders']);
    expect(offered('msvc wait --for h')).toEqual(['healthy']);
    expect(offered('msvc db sh')).toEqual(['shell']);
  });

  test('both name every command that help names, and balance their quotes', () => {
    for (const script of [zshScript(specs, globals), fishScript(specs, globals)]) {
      for (const { path: name } of specs) expect(script).toContain(name.split(' ').at(-1));
      const open = script.replace(/\\'/g, '').match(/'/g)?.length ?? 0;
      expect(open % 2).toBe(0);
    }
  });
});
