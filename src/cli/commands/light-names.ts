/** Names of the commands in `light.ts`, without loading any: what `main.ts` decides by. */
export const LIGHT_NAMES = [
  'up',
  'down',
  'start',
  'stop',
  'restart',
  'scale',
  'kill',
  'wait',
  'ps',
  'logs',
  'why',
  'events',
  'routes',
  'edges',
  'metrics',
  'ls',
  'hold',
  'release',
  'fault',
  'register',
  'complete',
] as const;

export type LightName = (typeof LIGHT_NAMES)[number];

export function isLight(name: string | undefined): name is LightName {
  return (LIGHT_NAMES as readonly (string | undefined)[]).includes(name);
}
