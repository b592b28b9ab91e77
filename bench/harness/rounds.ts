/**
 * Several subjects measured in turns: every round measures each of them once, in an order that rotates, so that what
 * disturbs the machine disturbs all alike. A subject that fails twice is left out, and said so.
 */
import { quiet } from './machine.ts';

export interface Subject<T> {
  readonly name: string;
  /** Takes part in so many rounds only. */
  readonly rounds?: number;
  measure(round: number): Promise<T>;
}

export interface Measured<T> {
  readonly name: string;
  readonly rounds: readonly T[];
  /** Why rounds are missing. */
  readonly failures: readonly string[];
}

export async function interleave<T>(
  subjects: readonly Subject<T>[],
  rounds: number,
  note: (line: string) => void,
): Promise<Map<string, Measured<T>>> {
  const results = new Map(subjects.map(({ name }) => [name, { name, rounds: [] as T[], failures: [] as string[] }]));
  let noisy = 0;
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const subject = subjects[(turn + round) % subjects.length]!;
      const result = results.get(subject.name)!;
      if (result.failures.length >= 2 || round >= (subject.rounds ?? rounds)) continue;
      if (!(await quiet())) noisy++;
      try {
        result.rounds.push(await subject.measure(round));
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        result.failures.push(message);
        note(`${subject.name}, round ${round + 1}: ${message}`);
      }
    }
  }
  if (noisy > 0) note(`${noisy} of ${rounds * subjects.length} measurements began while the machine was busy`);
  return results;
}

/** One thing of every round. */
export function pick<T, U>(measured: Measured<T> | undefined, of: (round: T) => U | undefined): U[] {
  return (measured?.rounds ?? []).map(of).filter((value) => value !== undefined);
}
