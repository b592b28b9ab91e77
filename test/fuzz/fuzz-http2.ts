/**
 * The same as `fuzz-gateway.ts` in frames, many connections at a time. What must always be true:
 *
 * - the recorder (`recorder.ts`) can read what is passed on, and no request is passed on twice;
 * - an answer of the recorder comes on the stream of its own request; frames are as RFC 9113 has them;
 * - of a connection that breaks no rule, each request is passed on and answered once, and each PING too: as many
 *   requests are counted as were asked and seen;
 * - every connection comes to an end, nothing stays in flight, nothing is thrown;
 * - whatever an instance says, in text or in frames, a client gets a well-formed answer or an end.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { serviceName } from '../../src/model/names.ts';
import { readResponses } from '../conformance/messages.ts';
import { Random } from '../long/random.ts';
import { FrameReader } from './frame-reader.ts';
import { answerFrames, type Frames, frame, framesOf, PREFACE, TYPES, targetOf } from './frames.ts';
import { pieces, responseBytes } from './messages.ts';
import { Recorder } from './recorder.ts';
import { FuzzStand, HANG_MS, routeTo } from './stand.ts';

/** Asked by connections that break no rule. */
const CLEAN = serviceName('clean');
const RECORDED = serviceName('recorded');
/** Answers nearly right, in HTTP/1.1. */
const WILD = serviceName('wild');
/** Answers nearly right, in HTTP/2, to requests in HTTP/1.1. */
const FRAMES = serviceName('frames');

const AT_A_TIME = 96;
/**
 * Of a listening socket Node accepts one connection in each turn of the event loop (https://github.com/libuv/libuv/pull/3696),
 * and requests that are taken back take their connections with them. In the one thread of a fuzz, on a busy machine, an
 * instance alone gets its connections later than the gateway waits for an answer. Requests come in no faster than that
 * either: with as many instances as one client asks requests, no queue lasts.
 */
const INSTANCES = 16;

/** In the body of an answer of the recorder: which request it is for. */
const told = (target: string): string => `#${target}#`;

export class Http2Fuzz {
  readonly #stand: FuzzStand;
  /** Waits less for an answer: most of its instance's are none. */
  readonly #impatient: FuzzStand;
  readonly #recorders = { [CLEAN]: recorder(), [RECORDED]: recorder() };

  private constructor(stand: FuzzStand, impatient: FuzzStand) {
    this.#stand = stand;
    this.#impatient = impatient;
  }

  /** @param responseHeadMs how long the gateway waits for an answer of an instance that answers */
  static async open(responseHeadMs = 9_000): Promise<Http2Fuzz> {
    const limits = { headMs: 1_000, bodyIdleMs: 1_000, keepAliveMs: 1_500, lingerMs: 200, refusedMs: 200 };
    const [stand, impatient] = await Promise.all([
      FuzzStand.open({ ...limits, responseHeadMs }),
      FuzzStand.open({ ...limits, responseHeadMs: 200, upstreamIdleMs: 1_000 }),
    ]);
    const fuzz = new Http2Fuzz(stand, impatient);
    for (const service of [CLEAN, RECORDED])
      await stand.serve(
        service,
        many(() => fuzz.#recorders[service]!.server()),
      );
    await stand.serve(WILD, many(wildOrigin));
    stand.setRoutes([CLEAN, RECORDED, WILD].map((service) => routeTo(service, `/${service}`)));
    await impatient.serve(FRAMES, [framesOrigin()]);
    impatient.setRoutes([], { [FRAMES]: 'h2c' });
    return fuzz;
  }

  async close(): Promise<void> {
    await Promise.all([this.#stand.close(), this.#impatient.close()]);
  }

  /** One connection for each seed. @returns what was broken, with the seed where there is one */
  async run(seeds: readonly number[]): Promise<string[]> {
    const stand = this.#stand;
    for (const one of Object.values(this.#recorders)) one.begin(0);
    const before = { sent: stand.sent(CLEAN), asked: stand.asked(CLEAN) };
    const faults: string[] = [];
    let wanted = 0;
    const queue = [...seeds];
    const next = async (): Promise<void> => {
      for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) {
        const { faults: found, asked } = await this.#one(seed);
        faults.push(...found.map((fault) => `seed ${seed}: ${fault}`));
        wanted += asked;
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, next));
    const areQuiet = await Promise.all([stand.untilQuiet(), this.#impatient.untilQuiet()]);
    if (areQuiet.includes(false)) faults.push('something stays in flight');
    for (const { faults: found, requests } of Object.values(this.#recorders)) {
      const targets = requests.map(({ target }) => target);
      const twice = targets.filter((target, i) => targets.indexOf(target) !== i);
      faults.push(...found, ...twice.map((target) => `${target} was passed on twice`));
    }
    const seen = this.#recorders[CLEAN]!.requests.length;
    const [sent, asked] = [stand.sent(CLEAN) - before.sent, stand.asked(CLEAN) - before.asked];
    if ([seen, sent, asked].some((count) => count !== wanted)) {
      faults.push(`${wanted} requests asked, ${asked} counted, ${sent} sent, ${seen} seen`);
    }
    return faults;
  }

  /** Bytes that once broke something, from a client. */
  async runBytes(text: string): Promise<string[]> {
    const { reader } = await this.#talk(this.#stand.publicPort, [text], [], true);
    const isQuiet = await this.#stand.untilQuiet();
    return isQuiet ? reader.faults : [...reader.faults, 'something stays in flight'];
  }

  /** `asked`: requests to the clean service. */
  async #one(seed: number): Promise<{ readonly faults: string[]; readonly asked: number }> {
    const random = new Random(seed, true);
    if (random.below(8) === 0) return { faults: await this.#askBadInstance(seed, random), asked: 0 };
    const isWild = random.below(6) === 0;
    const leaves = random.below(8) === 0;
    const isPublic = random.below(2) === 0;
    // Whether it breaks a rule tells where it may be counted; a request that is taken back may be seen or not.
    const shape = framesOf(new Random(~seed, true), '');
    const isCounted = shape.isClean && shape.taken.length === 0 && !leaves && !isWild;
    const service = isWild ? WILD : isCounted ? CLEAN : RECORDED;
    const tag = `${service}/${seed}`;
    const frames = framesOf(new Random(~seed, true), tag);
    const port = isPublic ? this.#stand.publicPort : this.#stand.edgePort(service);
    const awaited = leaves ? [] : frames.isClean ? frames.asked : [frames.last];
    const { reader, isCut } = await this.#talk(port, pieces(random, frames.text), awaited, random.below(2) === 0);
    if (!leaves && !isCut) reader.end();
    const faults = [...reader.faults];
    if (!isWild && !frames.isStained) faults.push(...foreign(reader, tag));
    if (frames.isClean && !leaves) {
      const asked = isWild ? null : { tag, recorder: this.#recorders[service]! };
      faults.push(...lacking(reader, frames, asked));
    }
    return { faults, asked: isCounted ? frames.asked.length : 0 };
  }

  /**
   * Sends the pieces; takes what comes until those streams are over (none: leaves at once) and all others that were
   * answered, or the gateway ends it.
   */
  #talk(
    port: number,
    parts: readonly string[],
    awaited: readonly number[],
    ends: boolean,
  ): Promise<{ readonly reader: FrameReader; readonly isCut: boolean }> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    // No frame may come into the middle of another one that goes in pieces.
    let owed: string[] | null = [];
    const reader = new FrameReader((frame) => {
      if (owed !== null) owed.push(frame);
      else if (socket.writable) socket.write(frame, 'latin1');
    });
    return new Promise((resolve) => {
      let isCut = false;
      const hang = setTimeout(() => {
        reader.faults.push('a connection hangs');
        socket.destroy();
      }, HANG_MS);
      const leave = (): void => void (ends ? socket.end() : socket.destroy());
      socket.on('data', (data) => {
        reader.feed(data.toString('latin1'));
        const isOver = awaited.every((stream) => reader.answers.get(stream)?.over != null);
        const isDone = isOver && [...reader.answers.values()].every(({ over }) => over !== null);
        if (awaited.length > 0 && (isDone || reader.isGoingAway)) leave();
      });
      socket.on('error', () => {
        isCut = true;
      });
      socket.on('close', () => {
        clearTimeout(hang);
        resolve({ reader, isCut: isCut || !ends });
      });
      const next = (index: number): void => {
        if (socket.destroyed) return;
        if (index < parts.length) {
          socket.write(parts[index]!, 'latin1');
          setImmediate(next, index + 1);
          return;
        }
        if (owed !== null && owed.length > 0) socket.write(owed.join(''), 'latin1');
        owed = null;
        if (awaited.length === 0) leave();
      };
      next(0);
    });
  }

  /** A client of HTTP/1.1 asks the instance that speaks HTTP/2 badly. */
  async #askBadInstance(seed: number, random: Random): Promise<string[]> {
    const method = random.of(['GET', 'POST', 'HEAD']);
    const socket = connect({ port: this.#impatient.edgePort(FRAMES), host: '127.0.0.1', noDelay: true });
    const faults: string[] = [];
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    socket.on('error', () => {});
    const hang = setTimeout(() => {
      faults.push('a connection hangs');
      socket.destroy();
    }, HANG_MS);
    socket.write(`${method} /${seed} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi`);
    await new Promise((resolve) => socket.once('close', resolve));
    clearTimeout(hang);
    const { responses } = readResponses(received, method === 'HEAD', true);
    if (responses.length > 1) faults.push(`${responses.length} answers to one request`);
    for (const { line } of responses) if (!/^HTTP\/1\.1 [1-9]\d\d /.test(line)) faults.push(`no response: ${line}`);
    return faults;
  }
}

/** Answers on streams that did not ask for them; where bytes were changed, paths and numbers of streams may be others. */
function foreign({ answers }: FrameReader, tag: string): string[] {
  return [...answers].flatMap(([stream, { body, over }]) => {
    const wanted = told(targetOf(tag, stream));
    const isOwn = over === 'end' ? body === wanted : wanted.startsWith(body);
    return !body.startsWith('#') || isOwn ? [] : [`on stream ${stream} came ${JSON.stringify(body)}`];
  });
}

/** What a connection that broke no rule did not get. @param asked null: any end of a stream will do */
function lacking(
  { answers, pongs }: FrameReader,
  frames: Frames,
  asked: { readonly tag: string; readonly recorder: Recorder } | null,
): string[] {
  const faults = frames.asked.flatMap((stream) => {
    const answer = answers.get(stream);
    const target = asked === null ? '' : targetOf(asked.tag, stream);
    if (asked === null ? answer?.over != null : answer?.body === told(target)) return [];
    const fate = asked === null ? '' : `, ${asked.recorder.fateOf(target)}`;
    return [`stream ${stream} got ${JSON.stringify(answer)}${fate}`];
  });
  if (pongs.join() !== frames.pings.join()) faults.push(`pings ${frames.pings}, answers ${pongs}`);
  return faults;
}

function many(server: () => Server): Server[] {
  return Array.from({ length: INSTANCES }, server);
}

function recorder(): Recorder {
  return new Recorder((target) => ({ body: told(target), random: ofTarget(target) }));
}

/** What an origin does to a request depends on the request alone, whatever else is going on. */
function ofTarget(target: string): Random {
  return new Random(
    [...target].reduce((sum, char) => Math.imul(sum, 31) + char.charCodeAt(0), 7),
    true,
  );
}

function wildOrigin(): Server {
  return createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const random = ofTarget(/ (\S+) HTTP/.exec(data.toString('latin1'))?.[1] ?? '');
      for (const piece of pieces(random, responseBytes(random))) socket.write(piece, 'latin1');
      if (random.below(4) === 0) socket.resetAndDestroy();
      else socket.end();
    });
  });
}

function framesOrigin(): Server {
  let connections = 0;
  return createServer((socket: Socket) => {
    const random = new Random(++connections, true);
    let text = '';
    let isBegun = false;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (!isBegun && text.startsWith(PREFACE)) {
        isBegun = true;
        text = text.slice(PREFACE.length);
        socket.write(frame(TYPES.settings, 0, 0, ''), 'latin1');
      }
      while (isBegun && text.length >= 9) {
        const length = (text.charCodeAt(1) << 8) | text.charCodeAt(2);
        if (text.length < 9 + length) return;
        const stream = (text.charCodeAt(7) << 8) | text.charCodeAt(8);
        if (text.charCodeAt(3) === TYPES.headers) socket.write(answerFrames(random, stream), 'latin1');
        if (random.below(16) === 0) socket.end();
        // An answer that is not whole has an end, too.
        else setTimeout(() => socket.end(), 100).unref();
        text = text.slice(9 + length);
      }
    });
  });
}
