/**
 * The commands that need nothing but the engine or the log files, and that people and scripts call often. They are
 * bundled into one file with `main.ts`, since every file that Node loads costs a millisecond: no command
 * here may import, other than through `await import('../project.ts')`, what reads msvc.yaml.
 */
import type { CommandEntry } from '../command.ts';
import type { LightName } from './light-names.ts';

export const LIGHT: Readonly<Record<LightName, CommandEntry>> = {
  up: {
    name: 'up',
    group: 'Run a system',
    summary: 'start the system, or bring it to what the file says',
    load: () => import('./up.ts'),
  },
  down: {
    name: 'down',
    group: 'Run a system',
    summary: 'stop the system in order; nothing stays behind',
    load: () => import('./down.ts'),
  },
  start: {
    name: 'start',
    group: 'Run a system',
    summary: 'start services that were stopped',
    load: () => import('./start.ts'),
  },
  stop: {
    name: 'stop',
    group: 'Run a system',
    summary: 'stop services; the rest goes on',
    load: () => import('./stop.ts'),
  },
  restart: {
    name: 'restart',
    group: 'Run a system',
    summary: 'replace services one by one, without a gap',
    load: () => import('./restart.ts'),
  },
  scale: {
    name: 'scale',
    group: 'Run a system',
    summary: 'set how many replicas services have',
    load: () => import('./scale.ts'),
  },
  kill: { name: 'kill', group: 'Run a system', summary: 'send a signal to services', load: () => import('./kill.ts') },
  wait: {
    name: 'wait',
    group: 'Run a system',
    summary: 'wait until services are healthy, completed or stopped',
    load: () => import('./wait.ts'),
  },
  ps: {
    name: 'ps',
    group: 'Look at it',
    summary: 'list the instances and how they are',
    load: () => import('./ps.ts'),
  },
  logs: {
    name: 'logs',
    group: 'Look at it',
    summary: 'show what services wrote, also after `down`',
    load: () => import('./logs.ts'),
  },
  why: {
    name: 'why',
    group: 'Look at it',
    summary: 'tell what led to the state a service is in',
    load: () => import('./why.ts'),
  },
  events: {
    name: 'events',
    group: 'Look at it',
    summary: 'show everything that happened, with its cause',
    load: () => import('./events.ts'),
  },
  routes: {
    name: 'routes',
    group: 'Look at it',
    summary: 'list the routes of the gateway',
    load: () => import('./routes.ts'),
  },
  edges: {
    name: 'edges',
    group: 'Look at it',
    summary: 'show who calls whom: rate, errors, latency, circuits, faults',
    load: () => import('./edges.ts'),
  },
  metrics: {
    name: 'metrics',
    group: 'Look at it',
    summary: 'print all counters in the format of Prometheus',
    load: () => import('./metrics.ts'),
  },
  ls: {
    name: 'ls',
    group: 'Look at it',
    summary: 'list the projects that run on this machine',
    load: () => import('./ls.ts'),
  },
  hold: {
    name: 'hold',
    group: 'Work with its services',
    summary: 'leave services alone while you debug them',
    load: () => import('./hold.ts'),
  },
  release: {
    name: 'release',
    group: 'Work with its services',
    summary: 'take care of held services again',
    load: () => import('./release.ts'),
  },
  fault: {
    name: 'fault',
    group: 'Work with its services',
    summary: 'make the way between two services slow or faulty, on purpose',
    load: () => import('./fault.ts'),
  },
  register: {
    name: 'register',
    group: 'Work with its services',
    summary: 'let a process of your own (a debugger) take the requests of a service',
    load: () => import('./register.ts'),
  },
  complete: { name: 'complete', summary: 'words for the completion scripts', load: () => import('./complete.ts') },
};
