/** A launch -> what the engine is asked to create. Pure. */
import type Docker from 'dockerode';
import { VM_HOST } from '../../../model/names.ts';
import type { MountSpec } from '../../../model/run.ts';
import type { ContainerLaunch, Launchable } from '../driver.ts';
import { type Placement, portsToPublish } from './address.ts';
import { containerLabels, containerName, type Owner } from './labels.ts';

export interface CreateContext {
  readonly owner: Owner;
  readonly placement: Placement;
  readonly network: string;
  /** In the project's network; null: the engine picks one. */
  readonly address: string | null;
  /** Key of a volume in msvc.yaml -> its name in the engine. */
  readonly volumeName: (key: string) => string;
  /** Volumes that stand for the image's VOLUMEs in this slot: path -> name. */
  readonly ownVolumes: Readonly<Record<string, string>>;
  readonly unique: string;
  readonly logging: { readonly maxSizeBytes: number; readonly maxFiles: number } | null;
}

const ENGINE_COPY = { maxSizeBytes: 10 * 1024 * 1024, maxFiles: 1 };

/** dockerode would write all of it into the address too, secrets included, were the two not told apart. */
export interface CreateCall {
  readonly _query: { readonly name: string; readonly platform?: string };
  readonly _body: Docker.ContainerCreateOptions;
}

export function createCall(request: Launchable, run: ContainerLaunch, context: CreateContext): CreateCall {
  const { platform } = run.spec;
  const name = containerName(context.owner, request, context.unique);
  return {
    _query: { name, ...(platform !== undefined && { platform }) },
    _body: createOptions(request, run, context),
  };
}

function createOptions(
  request: Launchable,
  run: ContainerLaunch,
  context: CreateContext,
): Docker.ContainerCreateOptions {
  const { spec, image } = run;
  const { owner, placement, network, address } = context;
  const published = portBindings(run, placement);
  const inVm = placement === 'vm' ? [`${VM_HOST}:host-gateway`] : [];
  return {
    Image: image.id,
    ...(run.entrypoint && { Entrypoint: run.entrypoint.length === 0 ? [''] : [...run.entrypoint] }),
    ...(run.command && { Cmd: [...run.command] }),
    // With an entrypoint of its own the image's command means nothing, as in Compose.
    ...(run.entrypoint && !run.command && { Cmd: [] }),
    ...(run.workingDir !== undefined && { WorkingDir: run.workingDir }),
    ...(spec.user !== undefined && { User: spec.user }),
    Env: Object.entries(request.environment).map(([name, value]) => `${name}=${value}`),
    Labels: { ...spec.labels, ...containerLabels(owner, request) },
    Tty: spec.tty,
    OpenStdin: spec.stdinOpen,
    // The end of what a person pipes into a command is the end of its input.
    StdinOnce: run.oneOff && spec.stdinOpen,
    AttachStdin: run.oneOff && spec.stdinOpen,
    AttachStdout: true,
    AttachStderr: true,
    ExposedPorts: Object.fromEntries(Object.keys(published).map((port) => [port, {}])),
    // msvc asks itself, at its own times: the engine's first check comes after a whole interval.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: network,
      PortBindings: published,
      Mounts: mountsOf(run, context),
      Init: spec.init,
      ReadonlyRootfs: spec.readOnly,
      ExtraHosts: [...inVm, ...spec.extraHosts.map(([name, at]) => `${name}:${at}`)],
      RestartPolicy: { Name: 'no' },
      LogConfig: logConfig(context.logging),
      ...limitsOf(run),
    } as Docker.HostConfig,
    NetworkingConfig: {
      EndpointsConfig: {
        [network]: {
          Aliases: run.oneOff ? [] : [request.service],
          ...(address !== null && { IPAMConfig: { IPv4Address: address } }),
        } as Docker.EndpointSettings,
      },
    },
  };
}

/** What the definition publishes; in a VM also what this machine must reach, on a free port of 127.0.0.1. */
function portBindings(
  run: ContainerLaunch,
  placement: Placement,
): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  if (run.oneOff) return bindings;
  for (const { target, protocol, published, hostIp } of run.spec.publish) {
    const key = `${target}/${protocol}`;
    bindings[key] = [
      ...(bindings[key] ?? []),
      { HostIp: hostIp, HostPort: published === undefined ? '' : String(published) },
    ];
  }
  for (const port of portsToPublish(placement, [run.port])) {
    const key = `${port}/tcp`;
    bindings[key] ??= [{ HostIp: '127.0.0.1', HostPort: '' }];
  }
  return bindings;
}

/**
 * msvc keeps the log. The engine's own copy tells what was said while the two were parted: it must be one that can be
 * read back whatever the engine's default is (`none`, `syslog`), and it must not grow for ever, as it does by default.
 */
function logConfig(logging: CreateContext['logging']): Docker.HostConfig['LogConfig'] {
  const { maxSizeBytes, maxFiles } = logging ?? ENGINE_COPY;
  return { Type: 'json-file', Config: { 'max-size': String(maxSizeBytes), 'max-file': String(Math.max(1, maxFiles)) } };
}

function limitsOf({ spec }: ContainerLaunch): Partial<Docker.HostConfig> {
  const { cpus, memoryBytes, pids } = spec.limits;
  return {
    ...(cpus !== undefined && { NanoCpus: Math.round(cpus * 1e9) }),
    // Without swap of its own: what is over the limit shows as such, not as slowness.
    ...(memoryBytes !== undefined && { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(pids !== undefined && { PidsLimit: pids }),
  };
}

function mountsOf(run: ContainerLaunch, context: CreateContext): Docker.MountSettings[] {
  const own = run.mounts.map(
    ({ source, target, readOnly }): Docker.MountSettings => ({
      Type: 'bind',
      Source: source,
      Target: target,
      ReadOnly: readOnly,
    }),
  );
  const slot = Object.entries(context.ownVolumes).map(
    ([target, name]): Docker.MountSettings =>
      ({ Type: 'volume', Source: name, Target: target }) as Docker.MountSettings,
  );
  return [...run.spec.mounts.map((mount) => mountOf(mount, context)), ...slot, ...own];
}

function mountOf(mount: MountSpec, { volumeName }: CreateContext): Docker.MountSettings {
  switch (mount.kind) {
    case 'bind':
      return { Type: 'bind', Source: mount.source, Target: mount.target, ReadOnly: mount.readOnly };
    case 'volume':
      return {
        Type: 'volume',
        Source: mount.name === undefined ? '' : volumeName(mount.name),
        Target: mount.target,
        ReadOnly: mount.readOnly,
      };
    case 'tmpfs':
      return {
        Type: 'tmpfs',
        Source: '',
        Target: mount.target,
        TmpfsOptions: { SizeBytes: mount.sizeBytes ?? 0, Mode: mount.mode ?? 0o1777 },
      } as Docker.MountSettings;
  }
}
