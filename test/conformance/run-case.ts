/** Plays one case against a proxy: client and origin are raw sockets. Owns both ends of it; leaves nothing open. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Case, Seen, Step } from './case.ts';
import { OK } from './case.ts';
import { readRequests, readResponses } from './messages.ts';

/** The origin behind the proxy; each case tells it what to answer. */
export class Origin {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #answer: readonly Step[] = [OK];
  #texts: string[] = [];
  /** Called whenever something has come. */
  onBytes: () => void = () => {};

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#serve(socket));
  }

  static async open(port = 0): Promise<Origin> {
    const origin = new Origin();
    origin.#server.listen(port, '127.0.0.1');
    await once(origin.#server, 'listening');
    return origin;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** All that reached it since `reset`, one text for each connection. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  /** Ends every connection, so that the next case begins with new ones. */
  reset(answer: readonly Step[]): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#answer = answer;
    this.#texts = [];
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const texts = this.#texts;
    const answer = this.#answer;
    const index = texts.push('') - 1;
    let answered = 0;
    socket.on('data', (data) => {
      texts[index] += data.toString('latin1');
      const early = answer[0]?.startsWith('HTTP/1.1 100') || answer[0]?.startsWith('HTTP/1.1 4');
      const heads = early ? texts[index]!.split('\r\n\r\n').length - 1 : readRequests(texts[index]!).length;
      for (; answered < Math.min(heads, early ? 1 : heads); answered++) {
        for (const step of answer) {
          if (step === 'FIN') socket.end();
          else if (step === 'RESET') socket.resetAndDestroy();
          else socket.write(step, 'latin1');
        }
      }
      this.onBytes();
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** @param limitMs how long a proxy that does not do what is awaited is waited for */
export async function runCase(one: Case, port: number, origin: Origin, limitMs: number): Promise<Seen> {
  origin.reset(one.answer ?? [OK]);
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  let received = '';
  let over: Seen['over'] = 'open';
  let look = (): void => {};
  socket.on('data', (data) => {
    received += data.toString('latin1');
    look();
  });
  const end = (how: 'end' | 'reset'): void => {
    if (over === 'open') over = how;
    look();
  };
  socket.on('end', () => end('end'));
  socket.on('error', () => end('reset'));
  socket.on('close', () => end('reset'));
  const seen = (): Seen => ({
    received,
    ...readResponses(received, one.isHead ?? false, over === 'end'),
    over,
    requests: origin.texts.flatMap(readRequests),
  });
  const until = (test: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        look = origin.onBytes = () => {};
        resolve();
      };
      const timer = setTimeout(done, limitMs);
      look = origin.onBytes = () => {
        if (test()) done();
      };
      look();
    });
  socket.write(one.send, 'latin1');
  if (one.leaves) socket.end();
  if (one.later !== undefined) {
    await until(() => over !== 'open' || origin.texts.some((text) => text.includes('\r\n\r\n')));
    socket.write(one.later, 'latin1');
  }
  const wanted = one.responses ?? 1;
  await until(() => {
    if (over !== 'open') return true;
    if (one.until !== undefined) return received.includes(one.until);
    const { responses } = seen();
    return wanted > 0 && responses.filter(({ complete }) => complete).length >= wanted;
  });
  // Whatever closes after its answer closes now.
  const closes = /\r\nconnection: close\r\n/i.test(received);
  if (closes) await until(() => over !== 'open');
  const result = seen();
  socket.destroy();
  return result;
}
