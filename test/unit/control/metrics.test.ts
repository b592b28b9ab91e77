/** The Prometheus text: every line parses, histograms add up, and odd names are escaped. */
import { expect, test } from 'vitest';
import { metricsText } from '../../../src/control/metrics.ts';
import { EdgeCounter } from '../../../src/gateway/counters/edge-counter.ts';
import { EMPTY_VIEW } from '../../../src/model/view.ts';

const SAMPLE = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?[\d.e+-]+)$/;

function text(): string {
  const counter = new EdgeCounter();
  for (const ms of [0.3, 3, 30, 300, 3_000]) {
    counter.requests++;
    counter.finished(ms > 1_000 ? 503 : 200, ms);
  }
  counter.flagged('UT');
  const edge = { caller: 'a"b\\', callee: 'pay', ...counter.snapshot(), faults: [], limit: null, serviceLimit: null };
  return metricsText(
    {
      connections: 3,
      edges: [{ ...edge, breaker: { state: 'open', opened: 2, rejected: 7 } }],
      instances: [{ instance: 'pay.1@1', requests: 5, inFlight: 1, ejected: true, failures: 5, latencyMs: 12 }],
    },
    EMPTY_VIEW,
  );
}

test('every line is a comment or a sample, and every family is announced once', () => {
  const announced = new Set<string>();
  for (const line of text().trimEnd().split('\n')) {
    const type = /^# TYPE (\S+) (?:counter|gauge|histogram)$/.exec(line);
    if (type) {
      expect(announced.has(type[1]!)).toBe(false);
      announced.add(type[1]!);
    } else if (!line.startsWith('# HELP ')) {
      const [, name = ''] = SAMPLE.exec(line) ?? expect.fail(line);
      expect(announced).toContain(name.replace(/_(bucket|sum|count)$/, ''));
    }
  }
});

test('the buckets of a histogram are cumulative and end at its count', () => {
  const buckets = [...text().matchAll(/_bucket\{.*le="(.*)"\} (\d+)/g)].map(([, le, n]) => [Number(le), Number(n)]);
  const at = (seconds: number): number => Math.max(...buckets.filter(([le]) => le! <= seconds).map(([, n]) => n!), 0);
  expect(buckets.map(([, n]) => n)).toEqual([...buckets.map(([, n]) => n)].sort((a, b) => a! - b!));
  expect([at(0.000256), at(0.001), at(0.01), at(0.1), at(1), at(10)]).toEqual([0, 1, 2, 3, 4, 5]);
  expect(text()).toContain('le="+Inf"} 5\n');
  expect(text()).toMatch(/_sum\{caller="a\\"b\\\\",callee="pay"\} 3\.3333/);
});

test('states, flags and ejection are there', () => {
  expect(text()).toMatch(/^msvc_breaker_state\{.*\} 2$/m);
  expect(text()).toMatch(/^msvc_edge_flags_total\{.*flag="UT"\} 1$/m);
  expect(text()).toMatch(/^msvc_upstream_ejected\{service="pay",instance="pay.1@1"\} 1$/m);
});
