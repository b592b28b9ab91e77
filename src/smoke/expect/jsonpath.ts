/** JSONPath, RFC 9535, by json-p3. Loaded when a check needs it. */
import type { Json } from '../../model/smoke.ts';
import { CheckProblem } from '../result.ts';

/**
 * @returns what a path finds: a path to one place gives its value, any other a list; undefined when nothing is there.
 * @throws CheckProblem when it is not a path
 */
export async function find(path: string, value: Json): Promise<Json | undefined> {
  // CommonJS in the bundle: it has a default export only.
  const { default: p3 } = await import('json-p3');
  try {
    const query = p3.compile(path);
    const found = query.query(value as never).values() as Json[];
    if (query.singularQuery()) return found[0];
    return found.length === 0 ? undefined : found;
  } catch (error) {
    throw new CheckProblem({ kind: 'launch', message: `not a JSONPath: ${path}: ${(error as Error).message}` });
  }
}
