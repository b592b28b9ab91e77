/**
 * A container of a service's image beside those of the service, for one command of a person (`msvc run`): its
 * environment, volumes and network, no published ports, no share of the service's name. The command that asked starts it
 * and has its terminal; it is removed when that command has gone, however it went.
 */
import type { Launchable } from '../driver.ts';
import { type ContainerDriverParts, checkMounts, containerOf, makeContainer, makeFolders } from './driver.ts';
import { launchFailed, statusOf } from './errors.ts';

export interface OneOff {
  /** Whole, for the engine's API. */
  readonly id: string;
  /** Also when it is gone already. */
  remove(): Promise<void>;
}

/** @throws MsvcError MSVC_LAUNCH_FAILED, MSVC_CONTAINERS_UNAVAILABLE */
export async function createOneOff(
  request: Launchable,
  parts: ContainerDriverParts,
  signal: AbortSignal,
): Promise<OneOff> {
  const { engine, network, admit, dismiss } = parts;
  const run = containerOf(request);
  checkMounts(request, run);
  makeFolders(request, run, parts);
  await engine.whenUp(signal);
  const address = network.takeAddress();
  const giveBack = async (): Promise<void> => {
    network.giveBack(address);
    if (address !== null) await dismiss(request.service, address);
  };
  try {
    const container = await makeContainer(request, run, address, parts);
    const remove = async (): Promise<void> => {
      try {
        await container.remove({ force: true, v: true });
      } catch (error) {
        // Gone, or going; what an engine that is away keeps, the next sweep finds.
        if (![404, 409].includes(statusOf(error) ?? 0) && !engine.noteLost(error)) throw error;
      } finally {
        await giveBack();
      }
    };
    if (address !== null) await admit(request.service, address);
    return { id: container.id, remove };
  } catch (error) {
    await giveBack();
    engine.noteLost(error);
    throw launchFailed(request.service, request.place, error);
  }
}
