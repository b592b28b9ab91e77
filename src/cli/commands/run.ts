/**
 * `msvc run`: a command in the folder and environment of a service that need not run. A running system is used as it
 * is; otherwise one is brought up for the time of the command, with what the service depends on and calls.
 */
import path from 'node:path';
import type { Client } from '../../control/client.ts';
import { engineGone } from '../../control/gone.ts';
import type { Result } from '../../control/protocol.ts';
import type { Command } from '../../model/command.ts';
import { MsvcError } from '../../model/error.ts';
import type { ServiceSpec } from '../../model/project.ts';
import { readShellLine } from '../../runtime/drivers/shell-line.ts';
import { filledCommand } from '../../runtime/launch-request.ts';
import { begin, wantedDefinition } from '../attach/begin.ts';
import type { UpFlags } from '../attach/options.ts';
import { runChild } from '../child.ts';
import type { CommandModule } from '../command.ts';
import type { Context } from '../context.ts';
import { assertServices, serviceNames, tryConnect } from '../engine/connect.ts';
import { waitFor } from '../engine/wait-for.ts';
import { explain } from '../examples.ts';
import { passedCommand } from '../flags/passed-command.ts';
import { collectVariable, variablesOf } from '../flags/variables.ts';

interface Options {
  readonly deps: boolean;
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly entrypoint?: string;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('<service>', 'as which one')
      .argument('[command...]', "what to run, with its own flags; without it, the service's own command")
      .option('--no-deps', 'do not start what it depends on and calls')
      .option('-e, --env <name=value>', 'set a variable; repeatable', collectVariable)
      .option('-w, --workdir <path>', "another folder, relative to the service's own")
      .option('--entrypoint <program>', "of a container: in place of the image's")
      .passThroughOptions();
    explain(
      command,
      [
        { line: 'msvc run orders npm test', does: 'its tests, with its database and the addresses of its callees' },
        { line: 'msvc run --no-deps orders sh', does: 'a shell, with nothing else started' },
        { line: 'msvc run migrate', does: 'the command of a job, once more' },
        { line: 'msvc run store redis-cli', does: 'of a container: a new one of its image, removed when it ends' },
      ],
      ["Its exit code is the command's. A system that it had to start is stopped again when the command ends."],
    );
    bind(command, async (context, service: string, command: readonly string[], options: Options) => {
      const given = await prepare(context, service, options);
      try {
        const { run } = given.spec;
        const words = passedCommand(command);
        if (run.kind === 'container') return await runInContainer(context, given, words, options);
        const env = { ...given.environment.values, ...variablesOf(options.env ?? [], context.env) };
        const [program = '', ...args] = words.length > 0 ? words : ownCommand(run.command, env);
        const cwd = path.resolve(given.environment.workingDir, options.workdir ?? '.');
        return await runChild({ command: program, args, cwd, env });
      } finally {
        await given.release();
      }
    });
  },
};

/** In a container of its own, made by the engine and started from here. */
async function runInContainer(
  context: Context,
  { client, spec: { name } }: Given,
  words: readonly string[],
  options: Options,
): Promise<number> {
  const { hasTerminal, runContainer } = await import('../../runtime/drivers/container/index.ts');
  const asked = client.stream('one-off', {
    service: name,
    command: words.length > 0 ? words : null,
    entrypoint: options.entrypoint === undefined ? null : [options.entrypoint],
    environment: variablesOf(options.env ?? [], context.env),
    ...(options.workdir !== undefined && { workingDir: options.workdir }),
    tty: hasTerminal(),
  });
  for await (const { container } of asked) return await runContainer(context.env, { id: container, service: name });
  throw new MsvcError('MSVC_ENGINE_LOST', 'the engine ended before the container was made');
}

interface Given {
  readonly client: Client;
  readonly environment: Result<'environment'>;
  readonly spec: ServiceSpec;
  release(): Promise<void>;
}

async function prepare(context: Context, service: string, options: Options): Promise<Given> {
  const connected = await tryConnect(context);
  if (!connected) return await bringUp(context, service, options);
  const { client } = connected;
  try {
    assertServices([service], serviceNames(await client.request('view', {})));
    const spec = (await client.request('project', {}))?.services[service] as ServiceSpec;
    assertFits(spec, options);
    const environment = await client.request('environment', { service });
    return { client, environment, spec, release: async () => client.close() };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** With no replica of the service itself. The lease ends the system even when this command is killed. */
async function bringUp(context: Context, service: string, options: Options): Promise<Given> {
  const flags: UpFlags = { deps: options.deps, scale: { [service]: 0 }, tui: false, logPrefix: true };
  if (options.entrypoint !== undefined) {
    // Before anything is started for it.
    assertFits((await wantedDefinition(context, [service], flags)).project.services[service] as ServiceSpec, options);
  }
  const { client, definition, result, view } = await begin(context, [service], flags);
  const down = async (): Promise<void> => {
    await client.request('down', { volumes: false });
    await engineGone(client);
    client.close();
  };
  try {
    const others = result.steps.map((step) => step.service as string).filter((name) => name !== service);
    await waitFor(context, client, { services: others, goal: 'up', from: view });
    const environment = await client.request('environment', { service });
    return { client, environment, spec: definition.project.services[service] as ServiceSpec, release: down };
  } catch (error) {
    await down();
    throw error;
  }
}

/** @throws MsvcError MSVC_USAGE */
function assertFits({ name, run }: ServiceSpec, { entrypoint }: Options): void {
  if (entrypoint === undefined || run.kind === 'container') return;
  throw new MsvcError('MSVC_USAGE', `${name} is a process: it has no entrypoint to put another in place of`, {
    hint: `name the program itself: \`msvc run ${name} ${entrypoint}\``,
  });
}

function ownCommand(command: Command, env: Readonly<Record<string, string>>): readonly string[] {
  const filled = filledCommand(command, env);
  return filled.kind === 'exec' ? filled.argv : ['/bin/sh', '-c', readShellLine(filled.line, env).line];
}
