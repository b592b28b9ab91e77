/** Compose's keys of a container do what they say: seen from inside of it, and from the engine. */
import { expect, test } from 'vitest';
import { ENGINE_ENVIRONMENT, engine, IMAGE, lacksEngine, NOTHING, newProject, whatIsThere } from '../rig/containers.ts';
import { freePort } from '../rig/free-port.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { skipIf } from '../rig/skip.ts';

async function inspect(project: string) {
  const docker = engine();
  const filters = JSON.stringify({ label: [`msvc.project=${project}`] }) as never;
  const [found] = await docker.listContainers({ filters });
  return docker.getContainer(found!.Id).inspect();
}

test('each key of a service, inside and in the engine', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('keys');
  const port = await freePort('127.0.0.2');
  const { Architecture: architecture, Os: os } = await engine().getImage(IMAGE).inspect();
  await using rig = await createRig(
    {
      'more.env': 'FROM_FILE=read\nWORD=overridden\n',
      'bound/file': 'bound\n',
      'readonly/file': 'read\n',
      'msvc.yaml': `
name: ${name}
services:
  all:
    image: "${IMAGE}"
    platform: ${os}/${architecture}
    entrypoint: [sh, -c]
    command: ["trap 'echo asked; exit 0' USR1; httpd -p 8080 -h /bound; while :; do sleep 0.05; done"]
    working_dir: /tmp
    user: "1234:1234"
    environment: { WORD: given }
    env_file: more.env
    volumes:
      - ./bound:/bound
      - ./readonly:/fixed:ro
      - ./made:/made
      - kept:/kept
      - { type: tmpfs, target: /mem, tmpfs: { size: 4m } }
    ports:
      - "8080"
      - { target: 8080, published: ${port}, host_ip: 127.0.0.2 }
    port: 8080
    healthcheck: { test: [CMD, test, -f, /bound/file], interval: 1s }
    stop_signal: SIGUSR1
    stop_grace_period: 20s
    deploy: { resources: { limits: { cpus: "0.5", memory: 64m, pids: 40 } } }
    init: true
    read_only: true
    extra_hosts: { api.test: 10.0.0.5, machine.test: host-gateway }
    labels: { com.example.team: shop }
volumes: { kept: }
`,
    },
    ENGINE_ENVIRONMENT,
  );
  await rig.up();
  const inside = async (line: string): Promise<string> => {
    const { stdout, stderr } = await rig.msvc(['exec', 'all', 'sh', '-c', line]);
    return (stdout + stderr).trim();
  };
  expect(await inside('id -u; id -g; pwd; echo $WORD $FROM_FILE')).toBe('1234\n1234\n/tmp\ngiven read');
  expect(await inside('cat /bound/file /fixed/file')).toBe('bound\nread');
  expect(await inside('touch /file')).toContain('Read-only file system');
  expect(await inside('touch /fixed/other')).toContain('Read-only file system');
  expect(await inside('echo in memory > /mem/file && cat /mem/file; ls -d /made /kept')).toBe(
    'in memory\n/kept\n/made',
  );
  expect(await inside('cat /proc/1/comm')).toMatch(/init|tini/);
  const hosts = await inside('cat /etc/hosts');
  expect(hosts).toMatch(/10\.0\.0\.5\s+api\.test/);
  expect(hosts).toMatch(/\d+\s+machine\.test/);

  const { Config: config, HostConfig: host, NetworkSettings: settings } = await inspect(name);
  expect(config.Labels).toMatchObject({ 'com.example.team': 'shop', 'msvc.project': name, 'msvc.service': 'all' });
  expect(host).toMatchObject({ NanoCpus: 5e8, Memory: 64 * 1024 * 1024, PidsLimit: 40 });
  // Not open to the world unless it is said.
  expect((settings.Ports['8080/tcp'] ?? []).map(({ HostIp }) => HostIp).sort()).toEqual(['127.0.0.1', '127.0.0.2']);
  expect(await (await fetch(`http://127.0.0.2:${port}/file`)).text()).toBe('bound\n');

  const events = rig.events();
  await rig.ok(['restart', 'all']);
  const exited = await events.until('instance.exited', { service: 'all' });
  expect(exited).toMatchObject({ exit: { code: 0, signal: null }, expected: true });
  expect((await rig.ok(['logs', 'all'])).stdout).toContain('asked');
  await rig.ok(['down', '-v']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('the HEALTHCHECK of an image decides, where the service has none of its own', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('keys');
  await using rig = await createRig(
    {
      'msvc.yaml': `name: ${name}\nservices: { web: { build: ., port: none, init: true } }\n`,
      Dockerfile: `FROM ${IMAGE}\nHEALTHCHECK --interval=1s --retries=1 CMD test -f /tmp/well\nCMD ["sh", "-c", "sleep 1; touch /tmp/well; sleep 600"]\n`,
    },
    ENGINE_ENVIRONMENT,
  );
  await rig.up();
  const events = rig.events();
  // It was not ready before.
  await rig.ok(['exec', 'web', 'test', '-f', '/tmp/well']);
  await rig.ok(['exec', 'web', 'rm', '/tmp/well']);
  const sick = await events.until('instance.unhealthy', { service: 'web' });
  expect(sick).toMatchObject({ probe: 'exec' });
  await events.until('instance.ready', { service: 'web' }, sick.seq);
  await rig.ok(['down']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});
