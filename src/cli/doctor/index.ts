/** Every check, in the order of the report. A new check is one file in this folder and one line here. */
import { build } from './build.ts';
import type { Check } from './check.ts';
import { containerEngine } from './containers.ts';
import { runtimeFolder, staleSockets, stateFolder } from './folders.ts';
import { fileLimit, watchLimit } from './limits.ts';
import { launches, nodeVersion, sqlite } from './node.ts';
import { gatewayPort, portRange } from './ports.ts';
import { definition, programs } from './project.ts';

export const CHECKS: readonly Check[] = [
  nodeVersion,
  build,
  sqlite,
  launches,
  fileLimit,
  watchLimit,
  portRange,
  gatewayPort,
  runtimeFolder,
  staleSockets,
  stateFolder,
  definition,
  programs,
  containerEngine,
];
