/** `orders` or `orders.2`: a service, or one replica of it. Pure. */
import { MsvcError } from '../../model/error.ts';
import { replicaLabel, SERVICE_NAME } from '../../model/names.ts';

export interface ReplicaRef {
  readonly service: string;
  readonly replica?: number;
}

/**
 * A service's own name may contain dots and digits: a text that is a known service is that service.
 * @returns null when it is neither a known service nor a replica of one
 */
export function replicaRef(text: string, known: readonly string[]): ReplicaRef | null {
  if (known.includes(text)) return { service: text };
  const match = /^(.+)\.([1-9]\d*)$/.exec(text);
  const service = match?.[1];
  if (service === undefined || !SERVICE_NAME.test(service) || !known.includes(service)) return null;
  return { service, replica: Number(match?.[2]) };
}

/** @param was what else is not so: `, and was none in this run` */
export function noSuchReplica(service: string, replica: number, was = ''): MsvcError {
  return new MsvcError('MSVC_USAGE', `there is no ${replicaLabel(service, replica)}${was}`, {
    facts: { service, replica },
    hint: `\`msvc ps ${service}\` lists the replicas`,
  });
}
