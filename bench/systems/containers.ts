/**
 * What runs N alike containers: the `docker` command in a shell loop (the floor), docker-compose, msvc. One image, one
 * port inside, nothing published. Each plan's `up` and `down` are what a person would type.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Workspace } from '../harness/workspace.ts';
import { msvcCommand, msvcMissing } from './msvc.ts';
import { indexes, serviceName } from './system.ts';

const PORT = 8080;

export interface ContainerFleet {
  readonly count: number;
  readonly image: string;
  readonly dir: string;
  /** Of a name that nothing else on this machine has. */
  readonly project: string;
}

export interface ContainerPlan {
  readonly up: readonly string[];
  readonly down: readonly string[];
  /** What `docker ps` and `docker network ls` find its containers and its network by. */
  readonly filter: string;
}

export interface ContainerSystem {
  readonly name: string;
  missing(work: Workspace): string | undefined;
  plan(work: Workspace, fleet: ContainerFleet): ContainerPlan;
}

function loop(name: string, ownNetwork: boolean): ContainerSystem {
  return {
    name,
    missing: () => undefined,
    plan: (_work, { count, image, project }) => {
      const each = (command: string): string =>
        `for n in ${indexes(count).join(' ')}; do ${command} > /dev/null & done; wait`;
      const network = ownNetwork ? `--network ${project}` : '';
      const run = each(`docker run -d --name ${project}-$n ${network} -e PORT=${PORT} -e HOST=0.0.0.0 ${image}`);
      const remove = each(`docker rm -f ${project}-$n`);
      return {
        up: ['sh', '-c', ownNetwork ? `docker network create ${project} > /dev/null; ${run}` : run],
        down: ['sh', '-c', ownNetwork ? `${remove}; docker network rm ${project} > /dev/null` : remove],
        filter: `name=^${project}(-|$)`,
      };
    },
  };
}

/** The same containers as the others have: on a network of their own, where they find each other by name. */
export const dockerLoop = loop('docker run, a shell loop', true);
/** The engine has less to do for these: no addresses by name. */
export const dockerLoopBare = loop('the same on the default network', false);

export const dockerCompose: ContainerSystem = {
  name: 'docker-compose',
  missing: () => (runs('docker-compose', 'version') ? undefined : 'docker-compose is not installed'),
  plan: (_work, { count, image, project, dir }) => {
    const services = indexes(count).map((index) => [
      serviceName(index),
      { image, environment: { PORT: String(PORT), HOST: '0.0.0.0' } },
    ]);
    const file = path.join(dir, 'docker-compose.yml');
    writeFileSync(file, JSON.stringify({ version: '2.4', services: Object.fromEntries(services) }));
    const command = ['docker-compose', '-p', project, '-f', file];
    return {
      up: [...command, 'up', '-d'],
      down: [...command, 'down'],
      filter: `label=com.docker.compose.project=${project}`,
    };
  },
};

export const msvcContainers: ContainerSystem = {
  name: 'msvc up -d --wait',
  missing: msvcMissing,
  plan: (work, { count, image, project, dir }) => {
    const services = indexes(count).map((index) => [
      serviceName(index),
      { image, pull_policy: 'never', port: PORT, route: `/${serviceName(index)}`, healthcheck: { http: '/' } },
    ]);
    writeFileSync(
      path.join(dir, 'msvc.yaml'),
      JSON.stringify({ name: project, services: Object.fromEntries(services) }),
    );
    return {
      up: msvcCommand(work, 'up', '-d', '--wait'),
      down: msvcCommand(work, 'down'),
      filter: `label=msvc.project=${project}`,
    };
  },
};

/** Why no container can be run here. */
export function engineMissing(): string | undefined {
  if (!runs('docker', '--version')) return 'the `docker` command is not installed';
  return runs('docker', 'version', '--format', '{{.Server.Version}}') ? undefined : 'no container engine answers';
}

/** One static program and nothing else. */
export function makeImage(work: Workspace, image: string): void {
  const root = work.folder('image');
  copyFileSync(work.programs.answer, path.join(root, 'answer'));
  const tar = execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 64 * 1024 * 1024 });
  execFileSync('docker', ['import', '--change', 'CMD ["/answer"]', '-', image], {
    input: tar,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
}

export function removeImage(image: string): void {
  spawnSync('docker', ['rmi', '-f', image], { stdio: 'ignore' });
}

/** Addresses of the containers that run. */
export function addresses(filter: string): string[] {
  const ids = docker('ps', '-q', '--no-trunc', '--filter', filter);
  if (ids.length === 0) return [];
  const format = `{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}`;
  return docker('inspect', '--format', format, ...ids).map((address) => `http://${address}:${PORT}/`);
}

/** Whatever is there, running or not, and its network. */
export function leftOver(filter: string): string[] {
  return [...docker('ps', '-aq', '--filter', filter), ...docker('network', 'ls', '-q', '--filter', filter)];
}

export function removeLeft(filter: string): void {
  for (const [list, remove] of [
    [
      ['ps', '-aq'],
      ['rm', '-f'],
    ],
    [
      ['network', 'ls', '-q'],
      ['network', 'rm'],
    ],
  ] as const) {
    const left = docker(...list, '--filter', filter);
    if (left.length > 0) spawnSync('docker', [...remove, ...left], { stdio: 'ignore' });
  }
}

function docker(...args: readonly string[]): string[] {
  return execFileSync('docker', [...args], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');
}

function runs(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
