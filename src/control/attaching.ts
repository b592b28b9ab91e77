/**
 * What people who attach to an instance ask for: hear what it says, type into it, tell it the size of their terminal.
 * Any number may attach at a time, as to a container. Owns nothing.
 */
import { MsvcError } from '../model/error.ts';
import type { Running, Stdio } from '../runtime/drivers/driver.ts';
import type { System } from '../runtime/system.ts';
import { gone, type Handlers } from './server.ts';

type Interactive = Running & { readonly stdio: Stdio };

export function attaching(system: System): Pick<Handlers, 'attach' | 'input' | 'resize'> {
  return {
    attach: async ({ service, replica }, peer, request) => {
      const found = instanceOf(system, service, replica);
      const { stdio, drained, exited } = found.running;
      peer.item(request, { service, replica: found.replica, isTerminal: stdio.isTerminal });
      const stop = stdio.listen((stream, bytes) => {
        peer.item(request, { stream, data: bytes.toString('base64') });
      });
      try {
        const exit = await gone(
          peer.gone,
          drained.then(() => exited),
        );
        if (exit) peer.item(request, { exit });
      } finally {
        stop();
      }
      return {};
    },
    input: async ({ service, replica, data }) => {
      await instanceOf(system, service, replica).running.stdio.write(Buffer.from(data, 'base64'));
      return {};
    },
    resize: ({ service, replica, columns, rows }) => {
      instanceOf(system, service, replica).running.stdio.resize(columns, rows);
      return {};
    },
  };
}

/** @throws MsvcError MSVC_UNKNOWN_SERVICE, MSVC_USAGE when it does not run or has no input */
function instanceOf(
  system: System,
  name: string,
  replica: number | undefined,
): { readonly replica: number; readonly running: Interactive } {
  const service = system.get(name);
  const running = service.instances.filter((one) => one.running !== null && one.replica === (replica ?? one.replica));
  const found = running.sort((a, b) => a.replica - b.replica)[0];
  if (!found?.running) {
    throw new MsvcError('MSVC_USAGE', `${name}${replica === undefined ? '' : `.${replica}`} does not run`, {
      facts: { service: name },
      hint: `\`msvc start ${name}\` starts it`,
    });
  }
  const { stdio } = found.running;
  if (!stdio) {
    const { run, places } = service.spec;
    throw new MsvcError('MSVC_USAGE', `${name} has no input to attach to`, {
      facts: { service: name },
      place: places.command ?? places.image,
      hint: `write \`stdin_open: true\`${run.kind === 'process' && run.tty ? '' : ' (and `tty: true` for a terminal)'}; \`msvc logs -f ${name}\` shows what it says`,
    });
  }
  return { replica: found.replica, running: found.running as Interactive };
}
