/**
 * `msvc run` of a container's service: makes a container for one command of a person and keeps it for as long as the
 * connection that asked stays open.
 */
import { randomBytes } from 'node:crypto';
import type { InstanceId } from '../model/names.ts';
import type { ContainerLaunch } from '../runtime/drivers/driver.ts';
import { containerPort } from '../runtime/launch-run.ts';
import type { Engine } from './engine.ts';
import type { OneOffParams } from './protocol.ts';
import { gone, type Peer } from './server.ts';

/** @throws MsvcError MSVC_IMAGE_FAILED, MSVC_BUILD_FAILED, MSVC_LAUNCH_FAILED, MSVC_CONTAINERS_UNAVAILABLE */
export async function oneOff(
  engine: Engine,
  params: OneOffParams,
  peer: Peer,
  request: number,
  cause: number,
): Promise<void> {
  const service = engine.system.get(params.service);
  const image = await engine.imageFor(service, cause, peer.gone);
  const { spec } = service;
  const containers = engine.containers.loaded;
  if (!containers || !image || peer.gone.aborted) return;
  const instance = `${spec.name}.run@${randomBytes(3).toString('hex')}` as InstanceId;
  const asked = engine.launchable(spec, { instance, replica: 0, port: containerPort(spec, image), image });
  const made = await containers.oneOff(
    { ...asked, environment: { ...asked.environment, ...params.environment }, run: commandOf(asked.run, params) },
    peer.gone,
  );
  try {
    if (peer.item(request, { container: made.id })) await gone(peer.gone);
  } finally {
    await made.remove();
  }
}

function commandOf(run: ReturnType<Engine['launchable']>['run'], params: OneOffParams): ContainerLaunch {
  if (run.kind !== 'container') throw new Error(`${params.service} is not a container`);
  const { command, entrypoint, workingDir } = params;
  const { entrypoint: own, command: usual, ...rest } = run;
  const words = command ?? (entrypoint === null ? usual : undefined);
  const enters = entrypoint ?? own;
  return {
    ...rest,
    ...(enters && { entrypoint: enters }),
    ...(words && { command: words }),
    ...(workingDir !== undefined && { workingDir }),
    spec: { ...run.spec, tty: params.tty, stdinOpen: true },
    oneOff: true,
  };
}
