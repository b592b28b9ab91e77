/** Images from a registry: what each pull policy asks of it, whose credentials it gets, how far it is, what goes wrong. */
import { chmodSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ENGINE_ENVIRONMENT, engine, lacksEngine, NOTHING, newProject, whatIsThere } from '../rig/containers.ts';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { TestRegistry } from '../rig/registry.ts';
import { lacks, skipIf } from '../rig/skip.ts';

const USER = { name: 'anna', password: 'a secret: with a colon' };

function definition(name: string, services: Readonly<Record<string, string>>): string {
  const lines = Object.entries(services).map(([service, keys]) => `  ${service}: { init: true, port: none, ${keys} }`);
  return `name: ${name}\nservices:\n${lines.join('\n')}\n`;
}

async function forget(image: string): Promise<void> {
  await engine()
    .getImage(image)
    .remove({ force: true })
    .catch(() => {});
}

function config(rig: Rig, value: object): void {
  rig.write('docker/config.json', JSON.stringify(value));
}

test('missing, always, never: with the credentials of the Docker config, and of a helper', async (context) => {
  skipIf(context, await lacksEngine());
  await using registry = await TestRegistry.open({ user: USER });
  await registry.put('box:1');
  const image = `${registry.host}/box:1`;
  const name = newProject('pull');
  await using rig = await createRig(
    { 'msvc.yaml': definition(name, { web: `image: "${image}"` }) },
    { ...ENGINE_ENVIRONMENT },
  );
  const env = { DOCKER_CONFIG: rig.path('docker') };
  try {
    // Nobody's: the registry says no more than that.
    const refused = await rig.msvc(['up', '-d', '--wait'], { env });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('you may not have it');
    expect(refused.stderr).toContain(`docker login ${registry.host}`);
    await rig.ok(['down']);

    config(rig, {
      auths: { [registry.host]: { auth: Buffer.from(`${USER.name}:${USER.password}`).toString('base64') } },
    });
    const pulled = await rig.ok(['up', '-d', '--wait'], { env });
    // No terminal: lines, none of which draws.
    expect(pulled.stdout).toContain(`pulling ${image}`);
    expect(pulled.stdout).toContain(`pulled ${image} in`);
    expect(pulled.stdout).not.toContain('\x1b');
    await rig.ok(['down']);

    const asked = registry.manifestsAsked();
    expect((await rig.ok(['up', '-d', '--wait'], { env })).stdout).not.toContain('pulling');
    expect(registry.manifestsAsked()).toBe(asked);
    await rig.ok(['down']);

    // The helper alone knows now. It is a program of the person's PATH.
    config(rig, { credHelpers: { [registry.host]: 'rig' } });
    rig.write(
      'bin/docker-credential-rig',
      `#!/bin/sh\n[ "$1" = get ] && [ "$(cat)" = ${registry.host} ] || exit 1\n` +
        `echo '${JSON.stringify({ ServerURL: registry.host, Username: USER.name, Secret: USER.password })}'\n`,
    );
    chmodSync(rig.path('bin/docker-credential-rig'), 0o755);
    const withHelper = { ...env, PATH: `${rig.path('bin')}${path.delimiter}${process.env.PATH}` };
    rig.write('msvc.yaml', definition(name, { web: `image: "${image}", pull_policy: always` }));
    await rig.ok(['up', '-d', '--wait'], { env: withHelper });
    expect(registry.manifestsAsked()).toBeGreaterThan(asked);
    await rig.ok(['down']);
    config(rig, { credsStore: 'rig' });
    await rig.ok(['up', '-d', '--wait'], { env: withHelper });
    await rig.ok(['down']);
    expect(await whatIsThere(name)).toEqual(NOTHING);
  } finally {
    await forget(image);
  }
});

test('what goes wrong has a name and a hint, each its own', async (context) => {
  skipIf(context, await lacksEngine());
  await using registry = await TestRegistry.open();
  await registry.put('alien:1', { architecture: 's390x' });
  const silent = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as net.AddressInfo;
  await new Promise((resolve) => silent.close(resolve));
  const name = newProject('pull');
  await using rig = await createRig({}, { ...ENGINE_ENVIRONMENT });
  const cases = [
    [`image: "${registry.host}/none:1"`, `${registry.host} has no such image`, 'check its name and tag'],
    [`image: "${registry.host}/alien:1"`, 'it has no variant for this platform', 'write `platform: linux/'],
    [`image: "127.0.0.1:${port}/box:1"`, `127.0.0.1:${port} cannot be reached`, 'check the network'],
    ['image: "msvc-test/none:1", pull_policy: never', 'is not on this machine', '`pull_policy: never` fetches nothing'],
  ] as const;
  for (const [keys, reason, hint] of cases) {
    rig.write('msvc.yaml', definition(name, { web: keys }));
    const failed = await rig.msvc(['up', '-d', '--wait']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(reason);
    expect(failed.stderr).toContain(`hint: ${hint}`);
    await rig.ok(['down']);
  }
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('on a terminal a bar stays at the bottom while it comes, and goes', async (context) => {
  skipIf(context, await lacksEngine());
  skipIf(context, lacks('tmux'));
  await using registry = await TestRegistry.open();
  await registry.put('box:2', { bytes: 3_000_000 });
  const image = `${registry.host}/box:2`;
  const name = newProject('pull');
  await using rig = await createRig(
    { 'msvc.yaml': definition(name, { web: `image: "${image}"` }) },
    { ...ENGINE_ENVIRONMENT },
  );
  try {
    const go = registry.holdLayers();
    const terminal = await rig.terminal();
    await terminal.enter('clear; msvc up -d --wait');
    await terminal.until('the bar', (screen) => /\[=*>? *\] pulling .* of 2 layers/.test(screen));
    go();
    await terminal.untilPrompt();
    const screen = await terminal.screen();
    expect(screen).not.toContain(']');
    expect(screen).toMatch(/pulled .*box:2 in/);
    await rig.ok(['down']);

    // Nor does it stay where what it tells of has gone.
    await forget(image);
    const never = registry.holdLayers();
    await terminal.enter('clear; msvc up --no-tui');
    await terminal.until('the bar', (screen) => /\[=*>? *\] pulling .* of 2 layers/.test(screen));
    process.kill((await rig.engineUp()).enginePid, 'SIGKILL');
    await terminal.untilPrompt();
    never();
    const after = await terminal.screen();
    expect(after).toContain('the engine went away');
    expect(after).not.toMatch(/\[=*>? *\]/);
    await rig.ok(['down']);
  } finally {
    await forget(image);
  }
});
