/** Services in the order of the graph: who is called from outside first, then whom they call, and so on. Pure. */
import type { ServiceView, View } from '../../../model/view.ts';

/** How many calls away from the outside; services that nobody calls and that call nobody come last. */
function depths(view: View): ReadonlyMap<string, number> {
  const services = Object.values(view.services);
  const called = new Set(services.flatMap(({ definition }) => definition.calls as readonly string[]));
  const depth = new Map<string, number>();
  let level = services.filter((one) => isEntry(one, called));
  for (let n = 0; level.length > 0; n++) {
    for (const { name } of level) depth.set(name, n);
    const next = new Set(level.flatMap(({ definition }) => definition.calls as readonly string[]));
    level = services.filter(({ name }) => next.has(name) && !depth.has(name));
  }
  return depth;
}

export function ordered(view: View): readonly ServiceView[] {
  const depth = depths(view);
  const last = Number.MAX_SAFE_INTEGER;
  return Object.values(view.services).sort((a, b) => (depth.get(a.name) ?? last) - (depth.get(b.name) ?? last));
}

function isEntry({ name, definition }: ServiceView, called: ReadonlySet<string>): boolean {
  return definition.routes.length > 0 || (!called.has(name) && definition.calls.length > 0);
}
