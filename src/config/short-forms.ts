/** Where that is written which `msvc config` prints at length or under another name: `route: /` for `routes`. Pure. */
import { type Node, nodeAt } from './tree/node.ts';

/** What a short form says, where `msvc config` prints defaults beside it. By the key that it stands under. */
const SAYS: Readonly<Record<string, readonly string[]>> = {
  pre_start: ['command'],
  http: ['path'],
  request: ['url'],
  ports: ['target', 'published'],
};

/** @param steps to a value that is written nowhere under its own name. @returns undefined for a default */
export function shortFormOf(root: Node, steps: readonly string[]): Node | undefined {
  const [top, service = '', key] = steps;
  if (top === 'services' && key === 'replicas') return nodeAt(root, [top, service, 'deploy', 'replicas']);
  if (top === 'services' && key === 'routes') {
    // Both words of one rule and rules as the Gateway API has them are printed as the latter.
    return nodeAt(root, [top, service, 'route']) ?? nodeAt(root, steps.slice(0, 4));
  }
  const depth = steps.findLastIndex((_, i) => nodeAt(root, steps.slice(0, i)) !== undefined);
  const node = nodeAt(root, steps.slice(0, depth));
  // A flag only says that there is something.
  if (node?.kind !== 'scalar' || node.value === null || typeof node.value === 'boolean') return undefined;
  const under = steps.slice(0, depth).findLast((step) => !/^\d+$/.test(step)) ?? '';
  return SAYS[under]?.includes(steps[depth]!) === false ? undefined : node;
}
