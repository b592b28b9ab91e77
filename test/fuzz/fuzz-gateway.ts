/**
 * Throws nearly right messages at a gateway with real sockets on both sides and holds it to what must always be true:
 *
 * - each request that it passes on is one that Node's own parser accepts, and Node sees as many requests as it counted:
 *   nothing is hidden in a body or behind a refused head;
 * - what it sends to a client is a sequence of well-formed responses, never more than requests were begun;
 * - every connection comes to an end, nothing stays in flight, nothing is thrown.
 */
import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { connect, createServer as createRawServer, type Server, type Socket } from 'node:net';
import { GatewayServer } from '../../src/gateway/server.ts';
import { instanceId, type ServiceName, serviceName } from '../../src/model/names.ts';
import { Registry } from '../../src/registry/registry.ts';
import { readResponses } from '../conformance/messages.ts';
import { Random } from '../long/random.ts';
import { HIDDEN, pieces, requestBytes, responseBytes } from './messages.ts';

const STRICT = serviceName('strict');
const WILD = serviceName('wild');
/** A connection that has not ended by then hangs: all limits below are shorter. */
const HANG_MS = 10_000;

export class GatewayFuzz {
  readonly #registry = new Registry();
  readonly #gateway: GatewayServer;
  readonly #sockets = new Set<Socket>();
  /** Node's parser: the judge of what was passed on. */
  readonly #judge: HttpServer;
  /** Answers with nearly right responses. */
  readonly #wild: Server;
  #random = new Random(0, true);
  #judged = 0;
  #faults: string[] = [];
  #isUnknown = false;
  #hasLeft = false;
  /** What is hidden in a body is where it was put. */
  #isClean = false;
  readonly #ports: Record<string, number> = {};

  private constructor() {
    const tell = { onSuspect: () => {}, onNews: () => {} };
    const limits = {
      headMs: 300,
      bodyIdleMs: 300,
      responseHeadMs: 300,
      lingerMs: 200,
      keepAliveMs: 1_000,
      refusedMs: 200,
    };
    this.#gateway = new GatewayServer(tell, limits);
    this.#judge = createServer((request, response) => {
      this.#judged++;
      if (this.#isClean && request.url?.includes(HIDDEN)) this.#faults.push(`the origin was asked for ${request.url}`);
      request.resume();
      request.on('end', () => response.end('ok'));
      request.on('error', () => {});
    });
    this.#judge.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      // Node knows a list of methods and takes ASCII targets; the gateway passes every token and byte on: no counting then.
      if (error.code === 'HPE_INVALID_METHOD' || error.code === 'HPE_INVALID_URL') this.#isUnknown = true;
      // What the gateway breaks off is cut; what it sends is well-formed.
      else if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE' && error.code !== 'HPE_INVALID_EOF_STATE') {
        this.#faults.push(`the origin could not read a request: ${error.code} ${error.message}`);
      }
      socket.destroy();
    });
    this.#judge.on('checkContinue', (request, response) => {
      response.writeContinue();
      this.#judge.emit('request', request, response);
    });
    this.#judge.on('checkExpectation', () => this.#faults.push('an unknown expectation was passed on'));
    this.#judge.on('upgrade', (_request, socket) => {
      this.#judged++;
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
    this.#wild = createRawServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {
        for (const piece of pieces(this.#random, responseBytes(this.#random))) socket.write(piece, 'latin1');
        if (this.#random.below(3) === 0) socket.end();
        else if (this.#random.below(6) === 0) socket.resetAndDestroy();
        // A response that only the end of its connection ends must have one.
        else setTimeout(() => socket.end(), 100).unref();
      });
    });
  }

  static async open(): Promise<GatewayFuzz> {
    const fuzz = new GatewayFuzz();
    const { snapshot } = fuzz.#registry.watch((change) => fuzz.#gateway.changeRegistry(change));
    fuzz.#gateway.setRegistry(snapshot);
    fuzz.#gateway.setRoutes({ routes: [], balancers: {} });
    await fuzz.#serve(STRICT, fuzz.#judge);
    await fuzz.#serve(WILD, fuzz.#wild);
    return fuzz;
  }

  async close(): Promise<void> {
    this.#gateway.close();
    this.#judge.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([this.#judge, this.#wild].map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** @returns what was broken by this seed, or nothing */
  async run(seed: number): Promise<string[]> {
    this.#random = new Random(seed, true);
    this.#faults = [];
    this.#isUnknown = false;
    const isWild = this.#random.below(3) === 0;
    const { text: bytes, isClean } = requestBytes(this.#random);
    this.#isClean = isClean;
    const before = { judged: this.#judged, sent: this.#sent() };
    const received = await this.#talk(this.#ports[isWild ? WILD : STRICT]!, pieces(this.#random, bytes));
    await this.#untilQuiet();
    const [sent, seen] = [this.#sent() - before.sent, this.#judged - before.judged];
    // A request whose client has left, or whose body was refused, may be broken off before the origin has seen it.
    const isWhole = !this.#hasLeft && !/^HTTP\/1\.1 4/m.test(received);
    if (!isWild && !this.#isUnknown && (isWhole ? seen !== sent : seen > sent)) {
      this.#faults.push(`${sent} requests sent, ${seen} seen`);
    }
    this.#judgeResponses(received, bytes);
    return this.#faults;
  }

  async #serve(service: ServiceName, server: Server): Promise<void> {
    server.listen(0, '127.0.0.1');
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    this.#registry.setAvailability(service, 'expected');
    this.#registry.put({ id: instanceId(service, 1, 1), service, replica: 1, host: '127.0.0.1', port, state: 'ready' });
    const id = `edge:fuzz>${service}`;
    const spec = { id, host: '127.0.0.1', port: 0, kind: 'edge', caller: 'fuzz', callee: service } as const;
    this.#ports[service] = await this.#gateway.listen(spec);
  }

  /** Attempts towards the judge. */
  #sent(): number {
    return this.#gateway.stats().instances.find(({ instance }) => instance.startsWith(STRICT))?.requests ?? 0;
  }

  /** Sends the pieces, ends its side in one of three ways, and takes what comes until the end. */
  #talk(port: number, parts: readonly string[]): Promise<string> {
    const leaves = this.#random.below(8) === 0;
    this.#hasLeft = leaves;
    return new Promise((resolve) => {
      let received = '';
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      const hang = setTimeout(() => {
        this.#faults.push('a connection hangs');
        socket.destroy();
      }, HANG_MS);
      socket.on('data', (data) => {
        received += data.toString('latin1');
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        clearTimeout(hang);
        resolve(received);
      });
      const next = (index: number): void => {
        if (socket.destroyed) return;
        const piece = parts[index];
        if (piece !== undefined) {
          socket.write(piece, 'latin1');
          setImmediate(next, index + 1);
        } else if (leaves) socket.destroy();
        else {
          // A last request that is always good tells that all before it has been dealt with; the gateway closes after it.
          socket.write('GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 'latin1');
        }
      };
      next(0);
    });
  }

  async #untilQuiet(): Promise<void> {
    for (const until = performance.now() + HANG_MS; performance.now() < until; ) {
      const { connections, edges } = this.#gateway.stats();
      if (connections === 0 && edges.every(({ inFlight, parked }) => inFlight === 0 && parked === 0)) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#faults.push('something stays in flight');
  }

  #judgeResponses(received: string, bytes: string): void {
    // HEAD, CONNECT and switching protocols change what a response is; the judge of requests still holds for them.
    if (/HEAD|CONNECT|Upgrade/.test(bytes)) return;
    const { responses } = readResponses(received, false, true);
    for (const { line } of responses) {
      if (!/^HTTP\/1\.1 [1-9]\d\d [\t\x20-\x7e\x80-\xff]*$/.test(line))
        this.#faults.push(`no response: ${line.slice(0, 60)}`);
    }
  }
}
