/** What the gateway says without being asked. Types only. */
import type { GatewayNews } from '../protocol.ts';

export interface Tell {
  /** An instance refused or reset connections `count` times in a row: the engine probes it now. */
  readonly onSuspect: (instance: string, count: number) => void;
  readonly onNews: (news: GatewayNews) => void;
}
