/** `msvc up`: its flags; what they lead to is in `attach/`. */
import { checkUpFlags, isDetached, type UpFlags } from '../attach/options.ts';
import type { CommandModule } from '../command.ts';
import { wantsDashboard } from '../dashboard/wanted.ts';
import { explain } from '../examples.ts';
import { durationFlag } from '../flags/duration.ts';
import { numberFlag } from '../flags/number.ts';
import { collectScale } from '../flags/scale.ts';

const portNumber = numberFlag('--port', 1, 65_535);

export const { define }: CommandModule = {
  define(command, bind) {
    command
      .argument('[services...]', 'only these, with what they depend on and call; without any, all')
      .option('-d, --detach', 'leave it running in the background')
      .option('--wait', 'return when every service is healthy, or completed; implies -d')
      .option('--wait-timeout <time>', 'with --wait: give up after this long (exit 5)', durationFlag('--wait-timeout'))
      .option('--scale <service=n>', 'how many replicas; repeatable', collectScale)
      .option('--no-deps', 'without what the named services depend on and call')
      .option('--dry-run', 'print the plan and do nothing')
      .option('--port <port>', "the gateway's port: a number, or `auto`", (text) =>
        text === 'auto' ? text : portNumber(text),
      )
      .option('--exit-code-from <service>', 'end when it ends, with its exit code; it is not restarted')
      .option('--abort-on-failure', 'stop everything when a service fails (exit 1)')
      .option('--abort-on-container-failure', "the same, by Compose's name")
      .option('--watch-config', 'apply msvc.yaml whenever it, or a file that it is made from, is saved')
      .option('--no-tui', 'plain lines, no dashboard')
      .option('--timestamps', 'the time of each line')
      .option('--no-log-prefix', 'lines as they were written, without the name of the service')
      .option('--json', 'with -d, --wait or --dry-run: one value for programs');
    explain(
      command,
      [
        { line: 'msvc up', does: 'start the system and show what it does; Ctrl-C stops it' },
        { line: 'msvc up -d --wait', does: 'start it in the background, return when all is healthy' },
        { line: 'msvc up orders', does: 'orders, what it depends on and what it calls' },
        { line: 'msvc up --scale web=3 --port 9000', does: 'three of web, the gateway on 9000' },
        { line: 'msvc up --exit-code-from tests', does: 'for CI: run tests against the system, exit as they do' },
      ],
      [
        'Run again, it compares the file with what runs and touches only what changed, or failed.',
        'Ctrl-C stops the services in order (exit 0); a second one kills what is left (exit 130).',
        'With --exit-code-from, what is stopped sooner has not succeeded: its code, 128 + n when signal n ended it; where that is 0 and a signal stopped this command, 128 + n of that (130, 143). With --abort-on-failure beside it, the first failure of another service ends it (exit 1).',
        'A service that fails (its build too) stops no other: --wait returns at the first one (exit 1), the rest runs on.',
        'Exit codes: 1 a service failed, 3 the file is wrong, 4 the machine lacks something, 5 --wait-timeout.',
      ],
    );
    bind(command, async (context, services: readonly string[], flags: UpFlags) => {
      checkUpFlags(flags);
      if (flags.dryRun) return await (await import('../attach/dry-run.ts')).dryRun(context, services, flags);
      if (isDetached(flags)) return await (await import('../attach/detached.ts')).detached(context, services, flags);
      if (wantsDashboard(context, flags)) {
        return await (await import('../dashboard/up.ts')).dashboardUp(context, services, flags);
      }
      return await (await import('../attach/attached.ts')).attached(context, services, flags);
    });
  },
};
