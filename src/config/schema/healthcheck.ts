/** `healthcheck`: Compose's keys, and the probes that Compose lacks (http, tcp, log). Shapes only. */
import * as z from 'zod';
import { DEFAULTS } from '../defaults.ts';
import { printDuration } from '../units.ts';
import { duration, either, fixedMap, flag, mapOf, pattern, scalar, text, whole } from './fields.ts';

export function healthcheck() {
  const port = whole(1, 65535, { description: "The service's own port if left out." });
  const httpMap = fixedMap('http', 'a path such as `/healthz`, or a map with `path`', {
    path: text('a path that starts with `/`', { description: 'What is asked for.', default: '/' }).optional(),
    port: port.optional(),
    headers: mapOf('a map of header names to values', scalar({ description: 'Value.' }), {
      description: 'Sent with each probe.',
    }).optional(),
    status: either(
      'a status such as `200`, or a range such as `200-299`',
      { description: 'Statuses that count as healthy.', default: '200-399', examples: [204, '200-299'] },
      whole(100, 599, { description: 'One status.' }),
      pattern(/^[1-5]\d\d-[1-5]\d\d$/, 'a status such as `200`, or a range such as `200-299`', {
        description: 'A range.',
      }),
    ).optional(),
  });
  const line = z.string({ error: 'a text or a list' });
  return fixedMap('healthcheck', 'a map with `http`, `tcp`, `log` or `test`', {
    http: either(
      'a path such as `/healthz`, or a map with `path`',
      { description: 'Healthy when a GET is answered well.', examples: ['/healthz', { path: '/ready', status: 204 }] },
      text('a path that starts with `/`', { description: 'A path.' }),
      httpMap,
    ).optional(),
    tcp: either(
      '`true` or a port number',
      {
        description: 'Healthy when the port accepts connections. What holds when no probe is written.',
        examples: [true],
      },
      flag({ description: 'The own port.' }),
      port,
    ).optional(),
    log: text('a regular expression', {
      description: 'Ready once a line of its output matches.',
      examples: ['listening on'],
    }).optional(),
    test: either(
      'a command, or a list that starts with `CMD`, `CMD-SHELL` or `NONE`',
      {
        description: 'Healthy when this command exits 0. A text runs through the shell.',
        examples: [['CMD', './check', '${PORT}'], 'curl -f localhost:$PORT'],
      },
      line,
      z
        .array(scalar({ description: 'A word.' }), { error: 'a text or a list' })
        .min(1, { error: 'a list that starts with `CMD`, `CMD-SHELL` or `NONE`' }),
    ).optional(),
    disable: flag({ description: 'No probe: it is ready once it runs.', default: false }).optional(),
    interval: duration({
      description: 'Pause between probes.',
      default: printDuration(DEFAULTS.intervalMs),
    }).optional(),
    timeout: duration({ description: 'For one probe.', default: printDuration(DEFAULTS.timeoutMs) }).optional(),
    retries: whole(1, 1000, {
      description: 'So many failures in a row make it unhealthy.',
      default: DEFAULTS.retries,
    }).optional(),
    start_period: duration({
      description: 'So long after a launch failures do not count; a launch that is not ready by then has failed.',
      default: printDuration(DEFAULTS.startPeriodMs),
    }).optional(),
    start_interval: duration({
      description: 'The longest pause between probes until it is first ready.',
      default: printDuration(DEFAULTS.startIntervalMs),
    }).optional(),
  }).meta({ description: 'How msvc knows that it works.' });
}
