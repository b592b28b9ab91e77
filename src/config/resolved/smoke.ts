/** `smoke` written out: each check at length, those of services among the others. */
import type { Command } from '../../model/command.ts';
import { edgeLabel } from '../../model/fault.ts';
import type {
  Capture,
  Disturbance,
  Expectation,
  Json,
  SmokeAction,
  SmokeCheck,
  SmokeFault,
  SmokeSpec,
  SmokeStep,
} from '../../model/smoke.ts';
import { printDuration, printRate } from '../units.ts';
import type { Printer } from './printer.ts';

type Printed = Record<string, unknown>;
type PrintCommand = (command: Command) => string | string[];

export function printSmoke(spec: SmokeSpec, printer: Printer, printCommand: PrintCommand): Printed {
  const steps = (list: readonly SmokeStep[]) => list.map((step) => printStep(step, printer, printCommand));
  return {
    ...(spec.setup.length > 0 && { setup: steps(spec.setup) }),
    checks: steps(spec.checks),
    ...(spec.teardown.length > 0 && { teardown: steps(spec.teardown) }),
  };
}

function printStep(step: SmokeStep, printer: Printer, printCommand: PrintCommand): Printed {
  if (step.kind === 'check') return printCheck(step, printer, printCommand);
  const parallel = step.parallel.map((check) => printCheck(check, printer, printCommand));
  return { name: printer.text(step.name), parallel };
}

function printCheck(check: SmokeCheck, printer: Printer, printCommand: PrintCommand): Printed {
  const { name, service, action, expect, capture, retry, during, withFault } = check;
  const captures = Object.entries(capture).map(([key, from]) => [key, printCapture(from, printer)]);
  const expected = printExpectation(expect, printer);
  return {
    name: printer.text(name),
    ...(service !== undefined && { service }),
    ...printAction(action, printer, printCommand),
    ...(Object.keys(expected).length > 0 && { expect: expected }),
    ...(captures.length > 0 && { capture: Object.fromEntries(captures) }),
    ...(retry && { retry: { timeout: printDuration(retry.timeoutMs), interval: printDuration(retry.intervalMs) } }),
    ...(during.length > 0 && { during: during.map(printDisturbance) }),
    ...(withFault.length > 0 && { with_fault: withFault.map(printFault) }),
  };
}

function printAction(action: SmokeAction, printer: Printer, printCommand: PrintCommand): Printed {
  switch (action.kind) {
    case 'request': {
      const { method, url, query, headers, body, timeoutMs } = action;
      return {
        request: {
          method,
          url: printer.text(url),
          ...(Object.keys(query).length > 0 && { query: deep(query, printer) }),
          ...(Object.keys(headers).length > 0 && { headers: deep(headers, printer) }),
          ...(body.kind === 'json' && { json: deep(body.value, printer) }),
          ...(body.kind === 'form' && { form: deep(body.fields, printer) }),
          ...(body.kind === 'text' && { body: printer.text(body.text) }),
        },
        timeout: printDuration(timeoutMs),
      };
    }
    case 'query':
      return { query: { service: action.service, sql: printer.text(action.sql) } };
    case 'log': {
      const line = deep(action.line as Json, printer) as Printed;
      return { log: { service: action.service, ...line, ...(action.absent && { absent: true }) } };
    }
    case 'run':
      return {
        run: printCommand(action.command),
        working_dir: printer.text(action.workingDir),
        timeout: printDuration(action.timeoutMs),
      };
  }
}

function printExpectation(expect: Expectation, printer: Printer): Printed {
  const { status, headers, json, jsonpath, body, schema, openapi, latency, exit } = expect;
  return {
    ...(status.length > 0 && {
      status: status.map(({ from, to }) => (from === to ? from : `${from}-${to}`)),
    }),
    ...(Object.keys(headers).length > 0 && { headers: deep(headers as Json, printer) }),
    ...(json !== undefined && { json: deep(json, printer) }),
    ...(Object.keys(jsonpath).length > 0 && { jsonpath: deep(jsonpath as Json, printer) }),
    ...(body && { body: deep(body as Json, printer) }),
    ...(schema && { schema: schema.kind === 'file' ? printer.text(schema.path) : deep(schema.schema, printer) }),
    ...(openapi && {
      openapi: {
        service: openapi.service,
        document: printer.text('file' in openapi.source ? openapi.source.file : openapi.source.url),
      },
    }),
    ...(latency && { latency: { max: printDuration(latency.maxMs), fail: latency.isVerdict } }),
    ...(exit !== undefined && { exit }),
  };
}

function printCapture(capture: Capture, printer: Printer): unknown {
  switch (capture.from) {
    case 'jsonpath':
      return { jsonpath: printer.text(capture.path) };
    case 'header':
      return { header: printer.text(capture.name) };
    case 'regex':
      return { regex: printer.text(capture.pattern) };
    default:
      return { [capture.from]: true };
  }
}

function printDisturbance(disturbance: Disturbance): string {
  const { verb, services } = disturbance;
  return verb === 'scale' ? `scale ${services[0]}=${disturbance.replicas}` : `${verb} ${services.join(' ')}`;
}

function printFault(fault: SmokeFault): Printed {
  const { delayMs, jitterMs, bytesPerSecond, errorPercent, status, resetPercent, seed } = fault;
  return {
    edge: edgeLabel(fault),
    ...(delayMs > 0 && { delay: printDuration(delayMs) }),
    ...(jitterMs > 0 && { jitter: printDuration(jitterMs) }),
    ...(bytesPerSecond > 0 && { bandwidth: printRate(bytesPerSecond) }),
    ...(errorPercent > 0 && { error: `${errorPercent}%`, status }),
    ...(resetPercent > 0 && { reset: `${resetPercent}%` }),
    seed,
  };
}

function deep(value: Json, printer: Printer): Json {
  if (typeof value === 'string') return printer.text(value);
  if (Array.isArray(value)) return value.map((item) => deep(item, printer));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deep(item, printer)]));
}
