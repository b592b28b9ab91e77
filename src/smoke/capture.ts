/** Values that a check keeps for later ones. */
import type { Capture, Json } from '../model/smoke.ts';
import { find } from './expect/jsonpath.ts';
import { type Outcome, parseBody } from './outcome.ts';
import { CheckProblem } from './result.ts';

/** @throws CheckProblem when there is no such value */
export async function captured(
  captures: Readonly<Record<string, Capture>>,
  outcome: Outcome,
): Promise<Map<string, Json>> {
  const values = new Map<string, Json>();
  for (const [name, capture] of Object.entries(captures)) {
    const value = await captureValue(capture, outcome);
    if (value === undefined) {
      const where =
        capture.from === 'jsonpath' ? capture.path : capture.from === 'header' ? capture.name : capture.from;
      throw new CheckProblem(
        { kind: 'capture', message: `nothing to capture as ${name} at ${where}` },
        outcome.exchange,
      );
    }
    values.set(name, value);
  }
  return values;
}

async function captureValue(capture: Capture, outcome: Outcome): Promise<Json | undefined> {
  switch (capture.from) {
    case 'jsonpath': {
      const parsed = parseBody(outcome);
      return parsed.ok ? await find(capture.path, parsed.value) : undefined;
    }
    case 'header':
      return outcome.headers[capture.name];
    case 'regex': {
      const match = new RegExp(capture.pattern, 'u').exec(outcome.body);
      return match ? (match[1] ?? match[0]) : undefined;
    }
    case 'body':
      return outcome.body;
    case 'status':
      return outcome.status;
  }
}
