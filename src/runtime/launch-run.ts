/** What one launch runs, every placeholder filled in: a process's command, or all that a container engine is told. Pure. */
import path from 'node:path';
import type { ServiceSpec } from '../model/project.ts';
import { fillTemplate, type Template } from '../model/template.ts';
import type { ContainerLaunch, HostMount, LaunchRequest, PreparedImage } from './drivers/driver.ts';
import { CONTAINER_DATA, CONTAINER_SECRETS, filledCommand, type Occupant } from './launch-request.ts';

type Values = Readonly<Record<string, string>>;

/** @param secretFiles name -> file of this machine. @throws Error for a container whose image has not been prepared */
export function launchRun(
  spec: ServiceSpec,
  at: Occupant,
  environment: Values,
  secretFiles: Values,
): LaunchRequest['run'] {
  const { run } = spec;
  if (run.kind === 'process') {
    const { workingDir, tty, stdinOpen } = run;
    return { kind: 'process', command: filledCommand(run.command, environment), workingDir, tty, stdinOpen };
  }
  if (!at.image) throw new Error(`the image of ${spec.name} has not been prepared`);
  const words = (templates: readonly Template[]) => templates.map((word) => fillTemplate(word, environment));
  return {
    kind: 'container',
    spec: run,
    image: at.image,
    ...(run.entrypoint && { entrypoint: words(run.entrypoint) }),
    ...(run.command && { command: words(run.command) }),
    ...(run.workingDir !== undefined && { workingDir: run.workingDir }),
    port: at.port,
    mounts: ownMounts(spec, secretFiles),
    oneOff: false,
  };
}

/** Another command than the service's own, in a container of its image: a hook, or `msvc run`. */
export function oneOff(base: ContainerLaunch, argv: readonly string[], workingDir?: string): ContainerLaunch {
  const folder = workingDir ?? base.workingDir;
  const { entrypoint: _entrypoint, command: _command, workingDir: _dir, ...rest } = base;
  return {
    ...rest,
    // An empty entrypoint: the image's own must not take the command for its arguments.
    entrypoint: [],
    command: argv,
    ...(folder !== undefined && { workingDir: folder }),
    oneOff: true,
  };
}

/** A port that nobody named: what the image exposes, or the one that most containers in the wild listen on. */
export function containerPort(spec: ServiceSpec, image: PreparedImage | null): number | null {
  if (spec.port.kind === 'none') return null;
  return spec.port.kind === 'fixed' ? spec.port.number : (image?.port ?? 8080);
}

function ownMounts(spec: ServiceSpec, secretFiles: Values): HostMount[] {
  const secrets = spec.secrets.flatMap(({ source: name, target }) => {
    const source = secretFiles[name];
    return source === undefined
      ? []
      : [{ source, target: `${CONTAINER_SECRETS}/${target}`, readOnly: true, owned: false }];
  });
  const { database } = spec;
  if (!database) return secrets;
  // The folder, not the file: SQLite keeps its journal beside it.
  const data = { source: path.dirname(database.path), target: CONTAINER_DATA, readOnly: false, owned: true };
  return [...secrets, data];
}
