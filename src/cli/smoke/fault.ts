/** A fault for as long as a check takes. */
import type { Client } from '../../control/client.ts';
import type { SmokeFault } from '../../model/smoke.ts';

/** @returns what takes it away again @throws MsvcError MSVC_UNKNOWN_EDGE, MSVC_FAULT_INVALID */
export async function addFault(client: Client, fault: SmokeFault): Promise<() => Promise<void>> {
  const { id } = await client.request('fault-add', { ...fault, forMs: 0 });
  return async () => {
    await client.request('fault-clear', { id });
  };
}
