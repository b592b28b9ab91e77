/** What runs: of a service, a hook, a probe, a check. Plain JSON. */
import type { Template } from './template.ts';

/** A shell line runs through `sh -c`; its `${NAME}`s of msvc's own are filled by that shell. A list is run as it is. */
export type Command =
  | { readonly kind: 'shell'; readonly line: string }
  | { readonly kind: 'exec'; readonly argv: readonly Template[] };
