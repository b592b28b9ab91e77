/** Healthy once it runs: workers, and services whose probe was switched off. */
import type { ProbeKind } from './probe.ts';

export const none: ProbeKind<'none'> = {
  kind: 'none',
  summary: 'it runs',
  create: (_spec, context) => ({
    kind: 'none',
    gatePort: null,
    locatePort: context.port,
    repeats: false,
    check: async () => ({ ok: true, host: null }),
  }),
};
