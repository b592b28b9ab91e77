/**
 * The marks every launched process carries in its environment, and inherits to whatever it starts. They are how a
 * process that left its group is still known as ours. Only names: whoever builds a launch request sets them.
 */
export const RUN_MARK = 'MSVC_RUN';
export const SERVICE_MARK = 'MSVC_SERVICE';
const REPLICA_MARK = 'MSVC_REPLICA';
export const INSTANCE_MARK = 'MSVC_INSTANCE';

export interface Marks {
  /** Of the engine's life: random, never used again. */
  readonly run: string;
  readonly service: string;
  readonly replica: number;
  readonly instance: string;
}

/** What a launch must add to the environment for its processes to be found again. */
export function markEnvironment(marks: Marks): Readonly<Record<string, string>> {
  return {
    [RUN_MARK]: marks.run,
    [SERVICE_MARK]: marks.service,
    [REPLICA_MARK]: String(marks.replica),
    [INSTANCE_MARK]: marks.instance,
  };
}
