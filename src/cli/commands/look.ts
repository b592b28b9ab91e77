/**
 * The commands that need nothing but the engine or the log files to show how things are, which people and scripts call
 * most. They are bundled into one file, `look.ts` above this folder: what it is made of, a start has to read. Nothing
 * here may import what reads msvc.yaml, other than through `await import('../project.ts')`.
 */
import type { PlainEntry } from '../command.ts';
import type { LookName } from './light-names.ts';

export const LOOK: Readonly<Record<LookName, PlainEntry>> = {
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
  complete: { name: 'complete', summary: 'words for the completion scripts', load: () => import('./complete.ts') },
};
