/** The keys of a container written out. */
import type { ContainerRun, ImageSpec, MountSpec, PublishedPort } from '../../model/run.ts';
import { printSize } from '../units.ts';
import type { Printer } from './printer.ts';

export function printContainer(run: ContainerRun, printer: Printer): Record<string, unknown> {
  const words = (list: ContainerRun['command']) => list?.map((word) => printer.template(word));
  const { cpus, memoryBytes, pids } = run.limits;
  const limits = {
    ...(cpus !== undefined && { cpus }),
    ...(memoryBytes !== undefined && { memory: printSize(memoryBytes) }),
    ...(pids !== undefined && { pids }),
  };
  const optional = {
    platform: run.platform,
    entrypoint: words(run.entrypoint),
    command: words(run.command),
    working_dir: run.workingDir,
    user: run.user,
    volumes: run.mounts.length > 0 ? run.mounts.map((mount) => printMount(mount, printer)) : undefined,
    ports: run.publish.length > 0 ? run.publish.map(printPort) : undefined,
    deploy: Object.keys(limits).length > 0 ? { resources: { limits } } : undefined,
    init: run.init || undefined,
    read_only: run.readOnly || undefined,
    tty: run.tty || undefined,
    stdin_open: run.stdinOpen || undefined,
    extra_hosts: run.extraHosts.length > 0 ? run.extraHosts.map(([name, at]) => `${name}=${at}`) : undefined,
    labels: Object.keys(run.labels).length > 0 ? printer.environment(run.labels) : undefined,
  };
  return {
    ...printImage(run.image, printer),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

function printImage(image: ImageSpec, printer: Printer): Record<string, unknown> {
  if (image.kind === 'pull') return { image: printer.text(image.name), pull_policy: image.policy };
  const { context, dockerfile, args, target, tag, noCache, pull } = image;
  return {
    ...(tag !== undefined && { image: printer.text(tag) }),
    build: {
      context: printer.text(context),
      dockerfile: printer.text(dockerfile),
      ...(Object.keys(args).length > 0 && { args: printer.environment(args) }),
      ...(target !== undefined && { target }),
      ...(noCache && { no_cache: true }),
      ...(pull && { pull: true }),
    },
  };
}

function printMount(mount: MountSpec, printer: Printer): Record<string, unknown> {
  if (mount.kind === 'tmpfs') {
    const { sizeBytes, mode } = mount;
    const tmpfs = {
      ...(sizeBytes !== undefined && { size: printSize(sizeBytes) }),
      ...(mode !== undefined && { mode }),
    };
    return { type: 'tmpfs', target: mount.target, ...(Object.keys(tmpfs).length > 0 && { tmpfs }) };
  }
  const readOnly = mount.readOnly ? { read_only: true } : {};
  if (mount.kind === 'volume') {
    return {
      type: 'volume',
      ...(mount.name !== undefined && { source: mount.name }),
      target: mount.target,
      ...readOnly,
    };
  }
  return {
    type: 'bind',
    source: printer.text(mount.source),
    target: mount.target,
    ...readOnly,
    ...(!mount.create && { bind: { create_host_path: false } }),
  };
}

function printPort({ target, published, hostIp, protocol }: PublishedPort): Record<string, unknown> {
  return { target, ...(published !== undefined && { published }), host_ip: hostIp, protocol };
}
