/** Names of the commands that must start fast, without loading any: what `main.ts` decides by. */

/** Those in `look.ts`. */
export const LOOK_NAMES = ['ps', 'logs', 'why', 'events', 'routes', 'edges', 'metrics', 'ls', 'complete'] as const;

/** Those in `light.ts`. */
export const LIGHT_NAMES = [
  'up',
  'down',
  'start',
  'stop',
  'restart',
  'scale',
  'kill',
  'wait',
  'hold',
  'release',
  'fault',
  'register',
] as const;

export type LookName = (typeof LOOK_NAMES)[number];
export type LightName = (typeof LIGHT_NAMES)[number];

export function isLook(name: string | undefined): name is LookName {
  return (LOOK_NAMES as readonly (string | undefined)[]).includes(name);
}

export function isLight(name: string | undefined): name is LightName {
  return (LIGHT_NAMES as readonly (string | undefined)[]).includes(name);
}
