/** The error of an instance that has ended for good. Pure. */
import type { ErrorData } from '../model/error.ts';
import type { EndReason, Exit } from '../model/instance.ts';
import type { ServiceName } from '../model/names.ts';

const BECAUSE: Readonly<Record<EndReason, string>> = {
  'start-timeout': 'was not ready within its start_period',
  unhealthy: 'was unhealthy',
};

/** @param because msvc ended it: how it then ended says nothing */
export function endedError(service: ServiceName, replica: number, exit: Exit, because?: EndReason): ErrorData {
  const { code, signal, outOfMemory } = exit;
  const ended = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  const how = because ? BECAUSE[because] : outOfMemory ? `${ended} for want of memory` : ended;
  return { code: 'MSVC_SERVICE_FAILED', message: `${service} ${how}`, facts: { service, replica, code, signal } };
}
