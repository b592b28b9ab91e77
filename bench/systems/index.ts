/** Everything that runs a fleet of services, floors first. */
import { bareSpawn } from './bare-spawn.ts';
import { concurrently } from './concurrently.ts';
import { mprocs } from './mprocs.ts';
import { msvcAttached, msvcDetached } from './msvc.ts';
import { pm2 } from './pm2.ts';
import { shell } from './shell.ts';
import type { System } from './system.ts';

export const SYSTEMS: readonly System[] = [shell, bareSpawn, mprocs, concurrently, pm2, msvcAttached, msvcDetached];

/** Rivals that are not driven, so that nobody looks for them in vain. */
export const NOT_DRIVEN: readonly string[] = [
  'docker-compose: needs the daemon of Docker, which is no part of this machine',
  'foreman: needs Ruby, which is no part of this machine',
];
