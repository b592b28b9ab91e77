/** `msvc attach`: this terminal on a service whose input is open (`stdin_open`, `tty`). */
import type { CommandModule } from '../command.ts';
import { DETACH_KEYS, detachKeys, detachWords } from '../console/detach-keys.ts';
import { attachTo, endWords } from '../console/session.ts';
import { assertServices, serviceNames, withEngine } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { replicaRef } from '../flags/replica.ts';
import { exitCodeOfSignal } from '../flags/signal.ts';

interface Options {
  readonly detachKeys: string;
  readonly stdin: boolean;
}

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('<service>', 'a service with `stdin_open: true`; or one replica, `console.2`')
      .option('--detach-keys <keys>', 'the keys that leave it running', DETACH_KEYS)
      .option('--no-stdin', 'only listen');
    explain(
      command,
      [
        { line: 'msvc attach console', does: 'type into it; ctrl-p ctrl-q leaves it running' },
        { line: 'msvc attach --detach-keys ctrl-] console.2', does: 'other keys, and its second replica' },
      ],
      [
        'Without `tty: true` it reads lines: Ctrl-D or Ctrl-C detaches. With it Ctrl-C goes to the service.',
        'Its exit code is the code of the service when that ends, 0 after detaching.',
      ],
    );
    bind(command, async (context, name: string, options: Options) => {
      const keys = detachKeys(options.detachKeys);
      return await withEngine(context, async (client) => {
        const known = serviceNames(await client.request('view', {}));
        const ref = replicaRef(name, known);
        if (!ref) assertServices([name], known);
        const end = await attachTo(client, {
          service: name,
          ...ref,
          detachKeys: keys,
          input: options.stdin,
          greet: (label) => {
            if (!process.stdin.isTTY || !options.stdin) return;
            const how = keys.length === 0 ? '' : `; ${detachWords(options.detachKeys)} detaches`;
            context.err.line(`msvc   attached to ${label}${how}`);
          },
        });
        if (process.stdin.isTTY) context.err.line(`msvc   ${endWords(end)}`);
        const { exit } = end;
        if (exit === null) return 0;
        return exit.signal === null ? (exit.code ?? 0) : exitCodeOfSignal(exit.signal);
      });
    });
  },
};
