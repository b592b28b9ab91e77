/**
 * The commands that act on a system and need nothing but the engine for that, or begin one. They are bundled into one
 * file, `light.ts` above this folder, since every file that Node loads costs a millisecond: no command here may import,
 * other than through `await import('../project.ts')`, what reads msvc.yaml.
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
};
