/** The error of an instance that has ended for good. Pure. */
import type { ErrorData } from '../model/error.ts';
import type { Exit } from '../model/instance.ts';
import type { ServiceName } from '../model/names.ts';

export function endedError(service: ServiceName, replica: number, exit: Exit): ErrorData {
  const { code, signal, outOfMemory } = exit;
  const ended = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  const how = outOfMemory ? `${ended} for want of memory` : ended;
  return { code: 'MSVC_SERVICE_FAILED', message: `${service} ${how}`, facts: { service, replica, code, signal } };
}
