/**
 * The same systems as keepers of logs: each is given services that print numbered lines (`fixtures/say.c`) and says in
 * which files the lines end up.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Workspace } from '../harness/workspace.ts';
import { concurrently } from './concurrently.ts';
import { mprocs, mprocsBinary } from './mprocs.ts';
import { msvcCommand, msvcMissing } from './msvc.ts';
import { pm2Command, pm2Environment, pm2Missing } from './pm2.ts';
import { CTRL_C, indexes, type Plan, serviceName } from './system.ts';

export interface Talkers {
  readonly count: number;
  /** Of each. */
  readonly lines: number;
  readonly dir: string;
}

export interface Logger {
  readonly name: string;
  readonly role: 'floor' | 'rival' | 'ours';
  /** Part of the lines it is given: what is twenty times slower need not take twenty times as long. */
  readonly share: number;
  missing(work: Workspace): string | undefined;
  plan(work: Workspace, talkers: Talkers): Plan;
  /** Where what was captured lies. */
  files(talkers: Talkers): string[];
}

const filesIn = (dir: string): string[] =>
  existsSync(dir)
    ? readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
    : [];

const splitter: Logger = {
  name: 'minimal Node splitter',
  role: 'floor',
  share: 1,
  missing: () => undefined,
  plan: (work, { count, lines, dir }) => {
    mkdirSync(path.join(dir, 'out'), { recursive: true });
    const args = [path.join(dir, 'out'), String(count), String(lines), work.programs.say];
    return {
      start: [process.execPath, work.fixture('splitter.mjs'), ...args],
      stop: { key: CTRL_C },
      cwd: dir,
      env: {},
      detached: false,
    };
  },
  files: ({ dir }) => filesIn(path.join(dir, 'out')),
};

function pm2Logger(name: string, options: object): Logger {
  return {
    name,
    role: 'rival',
    share: 1,
    missing: pm2Missing,
    plan: (work, { count, lines, dir }) => {
      const config = path.join(dir, 'ecosystem.config.json');
      mkdirSync(path.join(dir, 'out'), { recursive: true });
      const apps = indexes(count).map((index) => ({
        name: serviceName(index),
        script: work.programs.say,
        args: [serviceName(index), String(lines)],
        interpreter: 'none',
        out_file: path.join(dir, 'out', `${serviceName(index)}.log`),
        merge_logs: true,
        ...options,
      }));
      writeFileSync(config, JSON.stringify({ apps }));
      return {
        start: [...pm2Command(work), 'start', config],
        stop: { command: [...pm2Command(work), 'kill'] },
        cwd: dir,
        env: pm2Environment(path.join(dir, 'pm2')),
        detached: true,
      };
    },
    files: ({ dir }) => filesIn(path.join(dir, 'out')),
  };
}

export const pm2Plain = pm2Logger('pm2', {});

const mprocsLogger: Logger = {
  name: 'mprocs',
  role: 'rival',
  share: 0.05,
  missing: mprocs.missing,
  plan: (work, { count, lines, dir }) => {
    mkdirSync(path.join(dir, 'out'), { recursive: true });
    const config = path.join(dir, 'mprocs.json');
    const procs = indexes(count).map((index) => [
      serviceName(index),
      { cmd: [work.programs.say, serviceName(index), String(lines)] },
    ]);
    writeFileSync(config, JSON.stringify({ procs: Object.fromEntries(procs) }));
    return {
      start: [mprocsBinary(work), '-c', config, '--log-dir', path.join(dir, 'out')],
      stop: { key: 'q' },
      cwd: dir,
      env: {},
      detached: false,
    };
  },
  files: ({ dir }) => filesIn(path.join(dir, 'out')),
};

const concurrentlyLogger: Logger = {
  name: 'concurrently > file',
  role: 'rival',
  share: 1,
  missing: concurrently.missing,
  plan: (work, { count, lines, dir }) => {
    const commands = indexes(count).map((index) => `"${work.programs.say} ${serviceName(index)} ${lines}"`);
    const program = `${process.execPath} ${work.rival('concurrently/dist/bin/concurrently.js')}`;
    return {
      start: ['sh', '-c', `exec ${program} --prefix '{time} {command}' ${commands.join(' ')} > captured.log`],
      stop: { key: CTRL_C },
      cwd: dir,
      env: {},
      detached: false,
    };
  },
  files: ({ dir }) => [path.join(dir, 'captured.log')].filter(existsSync),
};

export const msvcLogger: Logger = {
  name: 'msvc',
  role: 'ours',
  share: 1,
  missing: msvcMissing,
  plan: (work, { count, lines, dir }) => {
    const services = indexes(count).map((index) => [
      serviceName(index),
      {
        command: [work.programs.say, serviceName(index), String(lines)],
        port: 'none',
        logging: { options: { 'max-size': '1g' } },
      },
    ]);
    const definition = { name: 'talkers', services: Object.fromEntries(services) };
    writeFileSync(path.join(dir, 'msvc.yaml'), JSON.stringify(definition, null, 2));
    return {
      start: msvcCommand(work, 'up', '-d', '--wait'),
      stop: { command: msvcCommand(work, 'down') },
      cwd: dir,
      env: {},
      detached: true,
    };
  },
  files: ({ dir }) => filesIn(path.join(dir, '.msvc/logs')),
};

export const LOGGERS: readonly Logger[] = [
  splitter,
  pm2Plain,
  pm2Logger('pm2, with times', { time: true }),
  mprocsLogger,
  concurrentlyLogger,
  msvcLogger,
];
