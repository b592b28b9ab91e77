/** Healthy from the first line of the launch that matches a pattern. Told by the log; there are no later checks. */
import type { ProbeKind } from './probe.ts';

export const log: ProbeKind<'log'> = {
  kind: 'log',
  summary: 'a line of its output matches a pattern',
  create(spec, context) {
    const pattern = new RegExp(spec.pattern);
    let passed = false;
    return {
      kind: 'log',
      gatePort: null,
      locatePort: context.port,
      repeats: false,
      async check() {
        if (passed) return { ok: true, host: null };
        return { ok: false, detail: `no line matches ${spec.pattern}`, refused: true };
      },
      listen(onPass) {
        const stop = context.watchLog((line) => {
          if (passed || !pattern.test(line)) return;
          passed = true;
          onPass();
        });
        return stop;
      },
    };
  },
};
