/**
 * An origin that reads raw bytes by a parser of its own, stricter than any server's, and writes down each request that
 * it was sent. Answers each once, with its ordinal and the id that the gateway gave it, so that what a client got can be
 * laid beside what the origin saw. What leaves room for two readings is a fault.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { Random } from '../long/random.ts';

export interface Recorded {
  readonly id: string;
  readonly target: string;
  readonly isHead: boolean;
  /** All of its body has come. */
  isWhole: boolean;
  isAnswered: boolean;
  /** Answered before all of its body had come. */
  isEarly: boolean;
}

/** What an answer says, and the chance that decides how: by the target where requests come in any order. */
export interface Saying {
  readonly body: string;
  readonly random: Random;
}

const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^\x00-\x20\x7f]+) HTTP\/1\.1$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e\x80-\xff]*)$/;
const CHUNK = /^([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n/;
/** Longest line before a chunk that may still become one. */
const CHUNK_LINE = 16 * 1024;

/** One connection of the gateway. */
class Reading {
  text = '';
  request: Recorded | null = null;
  saying: Saying | null = null;
  /** Bytes of a body with a length that are to come; null = chunks. */
  left: number | null = 0;

  constructor(readonly socket: Socket) {}
}

export class Recorder {
  /** Of the present run, in the order of their heads. */
  requests: Recorded[] = [];
  faults: string[] = [];
  readonly #say: (target: string) => Saying;
  #random = new Random(0, true);

  /** @param say asked for each request; default: `ok`, and chance in the order of requests */
  constructor(say?: (target: string) => Saying) {
    this.#say = say ?? (() => ({ body: 'ok', random: this.#random }));
  }

  /** @returns one of the instances that this is */
  server(): Server {
    return createServer((socket) => {
      const reading = new Reading(socket);
      socket.on('error', () => {});
      socket.on('data', (data) => {
        reading.text += data.toString('latin1');
        while (this.#advance(reading));
      });
    });
  }

  begin(seed: number): void {
    this.requests = [];
    this.faults = [];
    this.#random = new Random(~seed, true);
  }

  /** What became here of a request that has no answer, for whoever looks for the reason. */
  fateOf(target: string): string {
    const found = this.requests.find((request) => request.target === target);
    if (found === undefined) return 'the origin has not seen it';
    return `the origin has seen ${found.isWhole ? 'all' : 'a part'} of it, and ${found.isAnswered ? 'answered' : 'waits'}`;
  }

  /** @returns whether there may be more to read */
  #advance(reading: Reading): boolean {
    if (reading.request === null) return this.#head(reading);
    if (reading.left === null) return this.#chunk(reading);
    const taken = Math.min(reading.left, reading.text.length);
    reading.text = reading.text.slice(taken);
    reading.left -= taken;
    return reading.left === 0 && this.#whole(reading);
  }

  #head(reading: Reading): boolean {
    const stop = reading.text.indexOf('\r\n\r\n');
    if (stop === -1) return false;
    const [line = '', ...lines] = reading.text.slice(0, stop).split('\r\n');
    reading.text = reading.text.slice(stop + 4);
    const [, method = '', target = ''] = LINE.exec(line) ?? [];
    const fields = new Map<string, string[]>();
    for (const text of lines) {
      const [, name = '', value = ''] = FIELD.exec(text) ?? [];
      if (name === '') return this.#unreadable(reading, `field line ${JSON.stringify(text)}`);
      fields.set(name.toLowerCase(), [...(fields.get(name.toLowerCase()) ?? []), value.trim()]);
    }
    const of = (name: string): string[] => fields.get(name) ?? [];
    const [lengths, codings] = [of('content-length'), of('transfer-encoding')];
    if (method === '') return this.#unreadable(reading, `request line ${JSON.stringify(line)}`);
    if (of('host').length !== 1) this.faults.push(`${of('host').length} Host fields were passed on`);
    if (lengths.length + codings.length > 1) this.faults.push('two framings were passed on');
    if (codings.some((coding) => coding !== 'chunked')) this.faults.push(`coding ${codings} was passed on`);
    if (lengths.some((length) => !/^\d+$/.test(length))) this.faults.push(`length ${lengths} was passed on`);
    const [id = ''] = of('x-request-id');
    if (id === '') this.faults.push('a request without an id was passed on');
    const isHead = method === 'HEAD';
    const request = { id, target, isHead, isWhole: false, isAnswered: false, isEarly: false };
    this.requests.push(request);
    reading.request = request;
    reading.saying = this.#say(target);
    reading.left = codings.length > 0 ? null : Number(lengths[0] ?? 0);
    if (reading.left === 0) return this.#whole(reading);
    if (of('expect').length > 0) reading.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    else if (reading.saying.random.below(6) === 0) {
      request.isEarly = true;
      this.#answer(reading, request);
    }
    return true;
  }

  #chunk(reading: Reading): boolean {
    const [line = '', digits = ''] = CHUNK.exec(reading.text) ?? [];
    if (line === '') {
      const isHopeless = reading.text.includes('\r\n') || reading.text.length > CHUNK_LINE;
      return isHopeless && this.#unreadable(reading, `chunk ${JSON.stringify(reading.text.slice(0, 40))}`);
    }
    const size = Number.parseInt(digits, 16);
    const end = line.length + size;
    if (size > 0) {
      if (reading.text.length < end + 2) return false;
      if (!reading.text.startsWith('\r\n', end)) return this.#unreadable(reading, 'a chunk longer than it says');
      reading.text = reading.text.slice(end + 2);
      return true;
    }
    if (reading.text.startsWith('\r\n', end)) {
      reading.text = reading.text.slice(end + 2);
      return this.#whole(reading);
    }
    const stop = reading.text.indexOf('\r\n\r\n', end);
    if (stop === -1) return false;
    for (const text of reading.text.slice(end, stop).split('\r\n')) {
      if (!FIELD.test(text)) this.faults.push(`trailer ${JSON.stringify(text)} was passed on`);
    }
    reading.text = reading.text.slice(stop + 4);
    return this.#whole(reading);
  }

  #whole(reading: Reading): boolean {
    const request = reading.request!;
    reading.request = null;
    request.isWhole = true;
    if (!request.isAnswered) this.#answer(reading, request);
    return true;
  }

  #answer({ socket, saying }: Reading, request: Recorded): void {
    const { body: text, random } = saying!;
    request.isAnswered = true;
    const head = `HTTP/1.1 200 OK\r\nX-Recorded: ${request.id}\r\n${request.isHead ? 'X-Head: yes\r\n' : ''}`;
    const isChunked = random.below(3) === 0;
    const framing = isChunked ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${text.length}\r\n`;
    const chunks = `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
    const body = request.isHead ? '' : isChunked ? chunks : text;
    const close = random.below(8) === 0;
    socket.write(`${head}${framing}${close ? 'Connection: close\r\n' : ''}\r\n${body}`);
    if (close) socket.end();
  }

  #unreadable(reading: Reading, what: string): false {
    this.faults.push(`the origin could not read a ${what}`);
    reading.socket.destroy();
    return false;
  }
}
