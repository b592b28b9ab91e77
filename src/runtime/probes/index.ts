/** The probe kinds there are. Another one is one file here and one line in this list. */
import type { ProbeSpec } from '../../model/project.ts';
import { exec } from './exec.ts';
import { http } from './http.ts';
import { log } from './log.ts';
import { none } from './none.ts';
import type { Probe, ProbeContext, ProbeKind } from './probe.ts';
import { tcp } from './tcp.ts';

export const probeKinds = [http, tcp, exec, log, none] as const;

/** @param spec `image` stands for another kind and has been resolved (`effective.ts`). */
export function createProbe(spec: ProbeSpec, context: ProbeContext): Probe {
  const kind = probeKinds.find((one) => one.kind === spec.kind)! as unknown as ProbeKind;
  return kind.create(spec, context);
}
