/** The error of an instance that has ended for good. Pure. */
import type { ErrorData } from '../model/error.ts';
import type { Exit } from '../model/instance.ts';
import type { ServiceName } from '../model/names.ts';

export function endedError(service: ServiceName, replica: number, { code, signal }: Exit): ErrorData {
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  return { code: 'MSVC_SERVICE_FAILED', message: `${service} ${how}`, facts: { service, replica, code, signal } };
}
