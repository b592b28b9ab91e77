/** What a restart policy decides. One file a policy; pure. */
import type { Exit } from '../../model/instance.ts';
import type { RestartSpec } from '../../model/project.ts';

/** What becomes of an instance that ended by itself. */
export type Verdict = 'restart' | 'completed' | 'failed';

export interface EndedInstance {
  readonly exit: Exit;
  /** Restarts since it was last ready for long enough. */
  readonly attempts: number;
  /** It is expected to go on listening: ending is a failure, whatever the code. */
  readonly hasPort: boolean;
  /** msvc ended it because it was unhealthy or never became ready: a failure, whatever the code. */
  readonly forced: boolean;
}

export interface RestartPolicy {
  readonly policy: RestartSpec['policy'];
  readonly summary: string;
  decide(spec: RestartSpec, ended: EndedInstance): Verdict;
}

/** Exit 0 of something that was to end. */
export function isCompletion({ exit, hasPort, forced }: EndedInstance): boolean {
  return exit.code === 0 && !hasPort && !forced;
}
