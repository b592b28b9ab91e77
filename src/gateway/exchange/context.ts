/** What connections and exchanges need of the gateway they belong to. */
import type { AccessLog } from '../access-log/access-log.ts';
import type { Sweeper } from '../io/sweeper.ts';
import type { Limits } from '../limits.ts';
import type { Matcher } from '../routes/matcher.ts';
import type { Directory } from '../services/directory.ts';

export interface GatewayContext {
  readonly limits: Limits;
  readonly sweeper: Sweeper;
  readonly directory: Directory;
  /** The current table; replaced whole. An exchange keeps what it found in the one it began with. */
  matcher: Matcher;
  /** Answers of instances say where the time went. */
  serverTiming: boolean;
  /** null = none is kept. */
  accessLog: AccessLog | null;
}
