/**
 * A container of a service's image beside those of the service, for one command of a person (`msvc run`): its
 * environment, volumes and network, no published ports, no share of the service's name. The command that asked starts it
 * and has its terminal; it is removed when that command has gone, however it went.
 */
import type Docker from 'dockerode';
import type { Launchable } from '../driver.ts';
import {
  type ContainerDriverParts,
  checkMounts,
  containerOf,
  makeFolders,
  type Seat,
  withContainer,
} from './driver.ts';
import { removeContainer } from './sweep.ts';

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
  const run = containerOf(request);
  checkMounts(request, run);
  makeFolders(request, run, parts);
  await parts.engine.whenUp(signal);
  return withContainer(request, run, parts, async (container, seat) => {
    await seat.admit();
    return { id: container.id, remove: () => removeOneOff(container, seat, parts) };
  });
}

async function removeOneOff(container: Docker.Container, seat: Seat, { engine }: ContainerDriverParts): Promise<void> {
  try {
    await removeContainer(container);
  } catch (error) {
    // What an engine that is away keeps, the next sweep finds.
    if (!engine.noteLost(error)) throw error;
  } finally {
    await seat.leave();
  }
}
