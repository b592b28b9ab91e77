/**
 * Every command: its name, a line about it, and how to load it. A new command is one file in this folder and one
 * line here. The order is the order of `msvc help`.
 */
import type { CommandEntry } from '../command.ts';

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    group: 'Run a system',
    summary: 'start the system, or bring it to what the file says',
    load: () => import('./up.ts'),
  },
  {
    name: 'down',
    group: 'Run a system',
    summary: 'stop the system in order; nothing stays behind',
    load: () => import('./down.ts'),
  },
  {
    name: 'start',
    group: 'Run a system',
    summary: 'start services that were stopped',
    load: () => import('./start.ts'),
  },
  { name: 'stop', group: 'Run a system', summary: 'stop services; the rest goes on', load: () => import('./stop.ts') },
  {
    name: 'restart',
    group: 'Run a system',
    summary: 'replace services one by one, without a gap',
    load: () => import('./restart.ts'),
  },
  {
    name: 'scale',
    group: 'Run a system',
    summary: 'set how many replicas services have',
    load: () => import('./scale.ts'),
  },
  { name: 'kill', group: 'Run a system', summary: 'send a signal to services', load: () => import('./kill.ts') },
  {
    name: 'wait',
    group: 'Run a system',
    summary: 'wait until services are healthy, completed or stopped',
    load: () => import('./wait.ts'),
  },

  { name: 'ps', group: 'Look at it', summary: 'list the instances and how they are', load: () => import('./ps.ts') },
  {
    name: 'logs',
    group: 'Look at it',
    summary: 'show what services wrote, also after `down`',
    load: () => import('./logs.ts'),
  },
  {
    name: 'why',
    group: 'Look at it',
    summary: 'tell what led to the state a service is in',
    load: () => import('./why.ts'),
  },
  {
    name: 'events',
    group: 'Look at it',
    summary: 'show everything that happened, with its cause',
    load: () => import('./events.ts'),
  },
  { name: 'routes', group: 'Look at it', summary: 'list the routes of the gateway', load: () => import('./routes.ts') },
  {
    name: 'ls',
    group: 'Look at it',
    summary: 'list the projects that run on this machine',
    load: () => import('./ls.ts'),
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
  {
    name: 'hold',
    group: 'Work with its services',
    summary: 'leave services alone while you debug them',
    load: () => import('./hold.ts'),
  },
  {
    name: 'release',
    group: 'Work with its services',
    summary: 'take care of held services again',
    load: () => import('./release.ts'),
  },

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
  { name: 'complete', summary: 'words for the completion scripts', load: () => import('./complete.ts') },
];
