/**
 * Throws nearly right messages at a gateway, at an edge or at the public port with a route that rewrites, with real
 * sockets on both sides, and holds it to what must always be true:
 *
 * - each request that it passes on is one that Node's own parser accepts, and one that a strict reader of raw bytes can
 *   read in one way only (`recorder.ts`); both see as many requests as it counted: nothing is hidden in a body or behind
 *   a refused head;
 * - what the recorder answered, and nothing else, is what the client got: the same requests, by id, in the same order;
 * - what it sends to a client is a sequence of well-formed responses, from instances never more than there were requests;
 * - every connection comes to an end, nothing stays in flight, nothing is thrown.
 */
import { createServer, type Server as HttpServer } from 'node:http';
import { connect, createServer as createRawServer, type Server } from 'node:net';
import { type ServiceName, serviceName } from '../../src/model/names.ts';
import { readResponses } from '../conformance/messages.ts';
import { Random } from '../long/random.ts';
import { HIDDEN, pieces, requestBytes, responseBytes } from './messages.ts';
import { Recorder } from './recorder.ts';
import { FuzzStand, HANG_MS, routeTo } from './stand.ts';

const STRICT = serviceName('strict');
const WILD = serviceName('wild');
const RECORDED = serviceName('recorded');
export class GatewayFuzz {
  readonly #stand: FuzzStand;
  /** Node's parser: the judge of what was passed on. */
  readonly #judge: HttpServer;
  /** Answers with nearly right responses. */
  readonly #wild: Server;
  /** Counts, and says which answer belongs to which request. */
  readonly #recorder = new Recorder();
  #random = new Random(0, true);
  #judged = 0;
  #faults: string[] = [];
  #isUnknown = false;
  #hasLeft = false;
  /** What is hidden in a body is where it was put. */
  #isClean = false;

  private constructor(stand: FuzzStand) {
    this.#stand = stand;
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
      // Node has taken its own listener away, and the gateway may reset it.
      socket.on('error', () => {});
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
    const limits = { headMs: 300, bodyIdleMs: 300, responseHeadMs: 2_000, lingerMs: 200 };
    const fuzz = new GatewayFuzz(await FuzzStand.open({ ...limits, keepAliveMs: 1_000, refusedMs: 200 }));
    await fuzz.#stand.serve(STRICT, [fuzz.#judge]);
    await fuzz.#stand.serve(WILD, [fuzz.#wild]);
    await fuzz.#stand.serve(RECORDED, [fuzz.#recorder.server()]);
    return fuzz;
  }

  close(): Promise<void> {
    return this.#stand.close();
  }

  /** @returns what was broken by this seed, or nothing */
  async run(seed: number): Promise<string[]> {
    this.#random = new Random(seed, true);
    this.#faults = [];
    this.#isUnknown = false;
    const service = this.#random.of([STRICT, RECORDED, RECORDED, WILD]);
    const isPublic = this.#random.below(2) === 0;
    if (isPublic) this.#routeTo(service);
    const port = isPublic ? this.#stand.publicPort : this.#stand.edgePort(service);
    const { text: bytes, isClean } = requestBytes(this.#random);
    this.#isClean = isClean;
    this.#recorder.begin(seed);
    const stand = this.#stand;
    const before = { judged: this.#judged, sent: stand.sent(service), asked: stand.asked(service) };
    const received = await this.#talk(port, pieces(this.#random, bytes));
    if (!(await stand.untilQuiet())) this.#faults.push('something stays in flight');
    const sent = stand.sent(service) - before.sent;
    const asked = stand.asked(service) - before.asked;
    // A request whose client has left, or whose body was refused, may be broken off before the origin has seen it. The
    // refusal may follow the body of an answer before it at once, without a line of its own.
    const isWhole = !this.#hasLeft && !/HTTP\/1\.1 4\d\d /.test(received);
    const seen = service === STRICT ? this.#judged - before.judged : this.#recorder.requests.length;
    // What Node does not know it breaks off, and some of that is repeated: no counting then.
    if (service !== WILD && !this.#isUnknown) {
      if (isWhole ? seen !== sent : seen > sent) this.#faults.push(`${sent} requests sent, ${seen} seen`);
      if (isWhole && sent !== asked) this.#faults.push(`${asked} requests counted, ${sent} sent`);
    }
    if (service === RECORDED) this.#compare(received, bytes);
    this.#judgeResponses(received, bytes, asked);
    return this.#faults;
  }

  /** What the recorder answered beside what the client got. */
  #compare(received: string, bytes: string): void {
    const { requests, faults } = this.#recorder;
    this.#faults.push(...faults);
    if (this.#isClean && requests.some(({ target }) => target.includes(HIDDEN))) {
      this.#faults.push('the origin was asked for what was hidden');
    }
    // Without HEAD each answer has its body; of the gateway's own answers to it, what follows tells.
    const asksHead = /HEAD/.test(bytes);
    const toHead = (head: string, rest: string): boolean =>
      /^x-head: yes$/im.test(head) ||
      (asksHead && !/^x-recorded:/im.test(head) && (rest === '' || rest.startsWith('HTTP/1.1 ')));
    const { responses } = readResponses(received, toHead, true);
    const got = responses.flatMap(({ fields }) => fields.get('x-recorded') ?? []);
    const answered = requests.filter(({ isAnswered }) => isAnswered);
    const ids = answered.map(({ id }) => id);
    // The last answer may be broken off with its request when it came before that one's end; a client that leaves gets no more.
    const mayLackLast = answered.at(-1)?.isEarly === true && got.length === ids.length - 1;
    const most = this.#hasLeft ? got.length : mayLackLast ? ids.length - 1 : ids.length;
    const isSame = got.join() === ids.slice(0, most).join();
    if (!isSame) this.#faults.push(`the origin answered ${ids.length} (${ids}), the client got ${got.length} (${got})`);
    if (this.#hasLeft) return;
    const last = responses.findIndex(({ fields }) => fields.get('connection')?.includes('close'));
    if (last !== -1 && last !== responses.length - 1) this.#faults.push('an answer after the last one');
  }

  /** The public port leads to that service; its path and fields are rewritten on the way. */
  #routeTo(service: ServiceName): void {
    const change = { set: [{ name: 'X-Route', value: 'yes' }], add: [], remove: ['x-a'] };
    const rewrite = { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } as const;
    this.#stand.setRoutes([
      routeTo(service, '/', [{ type: 'RequestHeaderModifier', requestHeaderModifier: change }]),
      routeTo(service, '/a', [{ type: 'URLRewrite', urlRewrite: rewrite }]),
    ]);
  }

  /** Sends the pieces, then leaves or asks a last time, and takes what comes until the end. */
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

  #judgeResponses(received: string, bytes: string, asked: number): void {
    // HEAD, CONNECT and switching protocols change what a response is; the judges of requests still hold for them.
    if (/HEAD|CONNECT|Upgrade/.test(bytes)) return;
    const { responses } = readResponses(received, false, true);
    for (const { line } of responses) {
      if (!/^HTTP\/1\.1 [1-9]\d\d [\t\x20-\x7e\x80-\xff]*$/.test(line))
        this.#faults.push(`no response: ${line.slice(0, 60)}`);
    }
    const relayed = responses.filter(({ fields }) => fields.has('x-msvc-replica')).length;
    if (relayed > asked) this.#faults.push(`${asked} requests, ${relayed} answers of instances`);
  }
}
