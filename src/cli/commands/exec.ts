/** `msvc exec`: a command in the folder and the environment of a service that runs; of a container, inside it. */
import path from 'node:path';
import { MsvcError } from '../../model/error.ts';
import { isAlive } from '../../model/instance.ts';
import { runChild } from '../child.ts';
import type { CommandModule } from '../command.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { passedCommand } from '../flags/passed-command.ts';
import { replicaRef } from '../flags/replica.ts';
import { collectVariable, variablesOf } from '../flags/variables.ts';

interface Options {
  readonly env?: readonly string[];
  readonly workdir?: string;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('<service>', 'beside which one; or one replica, `orders.2`')
      .argument('<command...>', 'what to run, with its own flags')
      .option('-e, --env <name=value>', 'set a variable; repeatable', collectVariable)
      .option('-w, --workdir <path>', "another folder, relative to the service's own")
      .passThroughOptions();
    explain(
      command,
      [
        { line: 'msvc exec orders env', does: 'what orders is given' },
        { line: 'msvc exec orders sh', does: 'a shell where orders runs' },
        { line: 'msvc exec orders.2 node --inspect check.js', does: 'flags after the command are its own' },
      ],
      ["Its exit code is the command's. `msvc run` does the same for a service that does not run."],
    );
    bind(command, async (context, name: string, words: readonly string[], options: Options) => {
      const [program, ...args] = passedCommand(words);
      if (program === undefined) throw new MsvcError('MSVC_USAGE', 'there is no command after `--`');
      const given = await withEngine(context, async (client) => {
        const view = await client.request('view', {});
        const known = serviceNames(view);
        const ref = replicaRef(name, known);
        if (!ref) assertServices([name], known);
        const instances = Object.values(view.services[ref?.service ?? name]?.instances ?? {});
        const running = instances.filter((i) => isAlive(i.phase) && (ref?.replica ?? i.replica) === i.replica);
        if (running.length === 0) {
          throw new MsvcError('MSVC_USAGE', `${name} does not run`, {
            facts: { service: name },
            hint:
              ref?.replica === undefined
                ? `\`msvc run ${name} ...\` runs a command without it; \`msvc start ${name}\` starts it`
                : `\`msvc ps ${ref.service}\` lists the replicas that do`,
          });
        }
        const { container } = running[0]!;
        if (container !== null) return { container };
        return await client.request('environment', { service: name, ...ref });
      });
      const extra = variablesOf(options.env ?? [], context.env);
      if ('container' in given) {
        const { execInContainer } = await import('../../runtime/drivers/container/index.ts');
        const workingDir = options.workdir === undefined ? {} : { workingDir: options.workdir };
        const command = { argv: [program, ...args], environment: extra, ...workingDir };
        return await execInContainer(context.env, given.container, command);
      }
      return await runChild({
        command: program,
        args,
        cwd: path.resolve(given.workingDir, options.workdir ?? '.'),
        env: { ...given.values, ...extra },
      });
    });
  },
};
