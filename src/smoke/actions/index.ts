/** What a check can do. A new kind is one case here, one in `SmokeAction`, and its words in `config`. */
import type { SmokeCheck } from '../../model/smoke.ts';
import { violations } from '../expect/matcher.ts';
import type { Outcome } from '../outcome.ts';
import { CheckProblem } from '../result.ts';
import type { SystemUnderTest } from '../system.ts';
import { program } from './program.ts';
import { cut, request } from './request.ts';

/** @param sinceMs wall-clock start of the run @throws CheckProblem when it cannot be done */
export async function perform(
  { action, service }: SmokeCheck,
  system: SystemUnderTest,
  sinceMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  if (action.kind === 'request') return await request(action, service, system, signal);
  if (action.kind === 'run') return await program(action, await system.environment(service), signal);
  const from = performance.now();
  try {
    if (action.kind === 'query') {
      const body = JSON.stringify(await system.query(action.service, action.sql));
      const exchange = { sent: `${action.service}: ${action.sql}`, received: cut(body) };
      return { kind: 'rows', headers: {}, body, tookMs: performance.now() - from, exchange };
    }
    const passes = (line: string): boolean => violations(action.line, line).length === 0;
    const found = await system.hasLine(action.service, sinceMs, passes);
    const exchange = {
      sent: `log of ${action.service}: ${JSON.stringify(action.line)}`,
      received: found ? 'found' : 'not found',
    };
    return { kind: 'line', headers: {}, body: '', found, tookMs: performance.now() - from, exchange };
  } catch (error) {
    throw new CheckProblem({ kind: 'system', message: (error as Error).message });
  }
}
