/** `msvc complete services`: words for the completion scripts. Says nothing, rather than an error, when it knows none. */
import type { PlainModule } from '../command.ts';
import type { Context } from '../context.ts';
import { serviceNames, tryConnect } from '../engine/connect.ts';

export const { define }: PlainModule = {
  define(command, bind) {
    command.argument('<what>');
    bind(command, async (context, what: string) => {
      if (what !== 'services') return 0;
      for (const name of await services(context).catch(() => [])) context.out.line(name);
      return 0;
    });
  },
};

/** The engine knows at once; without one the file is read. */
async function services(context: Context): Promise<string[]> {
  const connected = await tryConnect(context);
  if (connected) {
    try {
      return serviceNames(await connected.client.request('view', {}));
    } finally {
      connected.client.close();
    }
  }
  const { loadProjectFor } = await import('../project.ts');
  return Object.keys((await loadProjectFor(context)).services);
}
