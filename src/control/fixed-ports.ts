/** Ports of this machine that the definition names: claimed before anything starts. */
import { MsvcError } from '../model/error.ts';
import type { PlanStep } from '../model/event.ts';
import { hostPorts } from '../model/host-ports.ts';
import type { ServiceName } from '../model/names.ts';
import type { Running } from '../runtime/drivers/driver.ts';
import type { Wanted } from '../runtime/plan.ts';
import type { PortLedger } from '../runtime/ports.ts';
import type { System } from '../runtime/system.ts';

/**
 * All of them, or none: a taken one is an error that leaves what runs as it is.
 * @param system what runs now, by the definition before @throws MsvcError MSVC_PORT_TAKEN
 */
export async function claimFixedPorts(
  ports: PortLedger,
  steps: readonly PlanStep[],
  wanted: ReadonlyMap<ServiceName, Wanted>,
  system: System,
): Promise<void> {
  const claimed: number[] = [];
  for (const { service, action } of steps) {
    const spec = wanted.get(service)?.spec;
    if (!spec || (action !== 'start' && action !== 'rollout')) continue;
    const held = action === 'rollout' ? hostPorts(system.get(service).spec) : [];
    for (const port of hostPorts(spec)) {
      if (held.includes(port)) continue;
      try {
        await ports.claimFixed(port, { service, place: spec.places.ports ?? spec.places.port });
        claimed.push(port);
      } catch (error) {
        for (const one of claimed) ports.release(one);
        throw (await isItsOwn(error, system.running(service))) ? stopFirst(error as MsvcError, service) : error;
      }
    }
  }
}

/** A program that listened elsewhere than it was told has the very port that the definition now names. */
async function isItsOwn(error: unknown, running: readonly Running[]): Promise<boolean> {
  const pid = error instanceof MsvcError ? error.facts.pid : null;
  const members = await Promise.all(running.map((one) => one.members()));
  return members.flat().some((member) => member.pid === pid);
}

function stopFirst({ code, message, facts, place }: MsvcError, service: ServiceName): MsvcError {
  const hint = `that is what ${service} runs now: \`msvc stop ${service}\`, then \`msvc up\` again`;
  return new MsvcError(code, message, { facts, place, hint });
}
