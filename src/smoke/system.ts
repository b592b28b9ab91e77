/** What checks need of a running system. The command line gives it by the control socket; nothing here knows how. */
import type { ServiceName } from '../model/names.ts';
import type { Disturbance, Json, SmokeFault } from '../model/smoke.ts';

export interface SystemUnderTest {
  /** Base of paths without a service, without a slash at its end. */
  readonly gatewayUrl: string;
  readonly projectName: string;
  /** Rows as maps. @throws MsvcError as the query fails */
  query(service: ServiceName, sql: string): Promise<readonly Json[]>;
  /** Whether a line of the service passes, of those written since then (wall-clock ms). */
  hasLine(service: ServiceName, sinceMs: number, passes: (line: string) => boolean): Promise<boolean>;
  /** The environment of a service, or of this shell with `GATEWAY_URL`. */
  environment(service: ServiceName | undefined): Promise<Readonly<Record<string, string>>>;
  /** Resolves when it has been observed that it happened, and for `kill` and `restart` that all is healthy again. */
  disturb(disturbance: Disturbance): Promise<void>;
  /** Takes back a `stop` or a `scale`; for others nothing. */
  recover(disturbance: Disturbance): Promise<void>;
  /** @returns what takes it away again. */
  addFault(fault: SmokeFault): Promise<() => Promise<void>>;
}
