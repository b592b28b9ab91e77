/**
 * msvc in the two ways that stop by themselves: `up --no-tui`, attached, which ends at Ctrl-C, and detached with `--wait`
 * until everything is healthy. The dashboard has a benchmark of its own.
 */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Workspace } from '../harness/workspace.ts';
import { CTRL_C, type Fleet, indexes, type System, serviceName } from './system.ts';

/** Every service is probed over HTTP, has a route at the gateway and calls the one before it through an edge. */
function writeDefinition(fleet: Fleet): void {
  const services = indexes(fleet.count).map((index) => [
    serviceName(index),
    {
      command: [fleet.program],
      route: `/${serviceName(index)}`,
      healthcheck: { http: '/' },
      ...(index > 0 && { calls: [serviceName(index - 1)] }),
    },
  ]);
  // JSON is YAML.
  const definition = { name: `fleet${fleet.count}`, services: Object.fromEntries(services) };
  writeFileSync(path.join(fleet.dir, 'msvc.yaml'), JSON.stringify(definition, null, 2));
}

export function msvcCommand(work: Pick<Workspace, 'msvc'>, ...args: readonly string[]): string[] {
  return [process.execPath, work.msvc, ...args];
}

export function msvcMissing(work: Workspace): string | undefined {
  return existsSync(path.join(work.root, 'dist/cli/main.js')) ? undefined : 'not built';
}

export const msvcAttached: System = {
  name: 'msvc up --no-tui',
  role: 'ours',
  missing: msvcMissing,
  plan: (work, fleet) => {
    writeDefinition(fleet);
    return {
      start: msvcCommand(work, 'up', '--no-tui'),
      stop: { key: CTRL_C },
      cwd: fleet.dir,
      env: {},
      detached: false,
    };
  },
};

export const msvcDetached: System = {
  name: 'msvc up -d --wait',
  role: 'ours',
  missing: msvcMissing,
  plan: (work, fleet) => {
    writeDefinition(fleet);
    return {
      start: msvcCommand(work, 'up', '-d', '--wait'),
      stop: { command: msvcCommand(work, 'down') },
      cwd: fleet.dir,
      env: {},
      detached: true,
    };
  },
};
