/**
 * Every command: its name, a line about it, and how to load it. A new command is one file in this folder and one
 * line here (in `look.ts` or `light.ts`, when it must start as fast as `ps`). The order is the order of `msvc help`.
 */
import type { CommandEntry } from '../command.ts';
import { LIGHT } from './light.ts';
import { LOOK } from './look.ts';

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    group: 'Begin',
    summary: 'begin a system in this folder',
    load: () => import('./init.ts'),
  },
  {
    name: 'new',
    group: 'Begin',
    summary: 'add a service from a template',
    load: () => import('./new.ts'),
  },
  {
    name: 'import',
    group: 'Begin',
    summary: 'begin with a Compose file, a Procfile and the like',
    load: () => import('./import.ts'),
  },
  {
    name: 'template',
    group: 'Begin',
    summary: 'work on templates of your own',
    load: () => import('./template.ts'),
  },

  LIGHT.up,
  LIGHT.down,
  LIGHT.start,
  LIGHT.stop,
  LIGHT.restart,
  LIGHT.scale,
  LIGHT.kill,
  LIGHT.wait,
  {
    name: 'smoke',
    group: 'Run a system',
    summary: 'check a running system, or one started for that; for CI and for people',
    load: () => import('./smoke.ts'),
  },

  {
    name: 'dash',
    group: 'Look at it',
    summary: 'open the dashboard on the running system',
    load: () => import('./dash.ts'),
  },
  LOOK.ps,
  LOOK.logs,
  LOOK.why,
  LOOK.events,
  LOOK.routes,
  LOOK.edges,
  LOOK.metrics,
  LOOK.ls,
  {
    name: 'openapi',
    group: 'Look at it',
    summary: 'print what services offer, as OpenAPI documents',
    load: () => import('./openapi.ts'),
  },

  {
    name: 'attach',
    group: 'Work with its services',
    summary: 'type into a running service whose input is open',
    load: () => import('./attach.ts'),
  },
  {
    name: 'exec',
    group: 'Work with its services',
    summary: 'run a command beside a running service, in its folder and environment',
    load: () => import('./exec.ts'),
  },
  {
    name: 'run',
    group: 'Work with its services',
    summary: 'run a command as a service would, without starting the service',
    load: () => import('./run.ts'),
  },
  {
    name: 'env',
    group: 'Work with its services',
    summary: 'show what a service is given, and from where',
    load: () => import('./env.ts'),
  },
  {
    name: 'db',
    group: 'Work with its services',
    summary: "look into a service's database",
    load: () => import('./db.ts'),
  },
  LIGHT.hold,
  LIGHT.release,
  LIGHT.register,
  LIGHT.fault,

  {
    name: 'config',
    group: 'The file and the machine',
    summary: 'print the definition as msvc understands it',
    load: () => import('./config.ts'),
  },
  {
    name: 'validate',
    group: 'The file and the machine',
    summary: 'check the definition and say all that is wrong',
    load: () => import('./validate.ts'),
  },
  {
    name: 'doctor',
    group: 'The file and the machine',
    summary: 'check this machine and this project for trouble',
    load: () => import('./doctor.ts'),
  },
  {
    name: 'completion',
    group: 'The file and the machine',
    summary: 'print the completion script for a shell',
    load: () => import('./completion.ts'),
  },
  {
    name: 'version',
    group: 'The file and the machine',
    summary: 'print the versions of msvc and of the running engine',
    load: () => import('./version.ts'),
  },

  LOOK.complete,
];
