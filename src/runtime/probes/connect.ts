/**
 * A TCP connection to whichever loopback address answers. An instance may listen on either; the one that answered
 * is tried first from then on. Addresses this machine lacks (IPv6 switched off) count as refused.
 */
import { connect, type OnReadOpts, type Socket } from 'node:net';
import { LOOPBACKS } from '../loopback.ts';

export type Connected =
  | { readonly ok: true; readonly socket: Socket; readonly host: string }
  | { readonly ok: false; readonly detail: string; readonly refused: boolean };

const NOBODY = new Set(['ECONNREFUSED', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENETUNREACH', 'EHOSTUNREACH']);

/** Remembers, for one instance, which address answered. */
export class Connector {
  #hosts: readonly string[];

  constructor(hosts: readonly string[] = LOOPBACKS) {
    this.#hosts = hosts;
  }

  get hosts(): readonly string[] {
    return this.#hosts;
  }

  /**
   * The socket belongs to the caller, who must listen to its `error`.
   * @param onread where what it receives goes; absent: it has a `data` event
   */
  async connect(port: number, signal: AbortSignal, onread?: OnReadOpts): Promise<Connected> {
    let result: Connected = { ok: false, detail: 'no address to connect to', refused: true };
    for (const host of this.#hosts) {
      result = await connectTo(host, port, signal, onread);
      if (result.ok) {
        if (host !== this.#hosts[0]) this.#hosts = [host, ...this.#hosts.filter((other) => other !== host)];
        return result;
      }
      // It answered somehow, or the time is over: another address would only hide that.
      if (!result.refused) return result;
    }
    return result.ok ? result : { ...result, detail: `nothing listens on port ${port}` };
  }
}

function connectTo(host: string, port: number, signal: AbortSignal, onread?: OnReadOpts): Promise<Connected> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ ok: false, detail: 'timed out', refused: false });
    const socket = connect({ host, port, autoSelectFamily: false, ...(onread && { onread }) });
    const settle = (result: Connected): void => {
      signal.removeEventListener('abort', abort);
      socket.off('error', fail);
      resolve(result);
    };
    const abort = (): void => {
      socket.on('error', () => {});
      settle({ ok: false, detail: `connecting to ${host}:${port} timed out`, refused: false });
      socket.destroy();
    };
    const fail = (error: NodeJS.ErrnoException): void => {
      const code = error.code ?? '';
      settle({
        ok: false,
        detail: `connecting to ${host}:${port}: ${code || error.message}`,
        refused: NOBODY.has(code),
      });
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', fail);
    socket.once('connect', () => settle({ ok: true, socket, host }));
  });
}
