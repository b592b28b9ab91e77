/** `msvc metrics`: the counters of gateway and engine as Prometheus text. */
import type { PlainModule } from '../command.ts';
import { ask } from '../engine/connect.ts';
import { explain } from '../examples.ts';

export const { define }: PlainModule = {
  define(command, bind) {
    explain(
      command,
      [
        { line: 'msvc metrics', does: 'everything that is counted' },
        { line: 'msvc metrics | grep msvc_breaker', does: 'the circuits' },
      ],
      ['In the text format of Prometheus. Durations are in seconds, under the names of OpenTelemetry.'],
    );
    bind(command, async (context) => {
      const { text } = await ask(context, 'metrics', {});
      context.out.write(text);
      return 0;
    });
  },
};
