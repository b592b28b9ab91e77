/**
 * Reads one request head (RFC 9112), strictly: what a lenient peer might read otherwise is refused. Each connection
 * owns one and reads every request into it. Copies nothing that stays: `lines` are what to forward, taken from the text
 * in as few pieces as possible. Does no I/O and decides no policy beyond syntax and framing.
 */

import { isAuthority, parseAbsoluteTarget } from './authority.ts';
import { CLASS, COLON, CR, HTAB, LF, SP, TARGET, TOKEN, trimOws, VALUE } from './bytes.ts';
import { parseConnection, parseExpect, parseLength } from './field-values.ts';
import * as F from './fields.ts';

/** More field lines than this are refused with 431. */
export const MAX_FIELDS = 256;

/** `parse` found the head good. Any other answer is the status to refuse it with. */
export const OK = 0;

export class RequestHead {
  /** The whole head as received, without its empty line. */
  text = '';
  method = '';
  /** Raw path and query (origin-form), or `*`. */
  target = '';
  /** 1 for HTTP/1.1, 0 for HTTP/1.0. */
  minor = 1;
  /** The request line as received, and the field lines to forward: all but hop-by-hop ones and those that the gateway writes itself. */
  lines = '';
  /** Where the field lines start in `text` and in `lines`. */
  fieldsStart = 0;
  /** Value of Host, or the authority of an absolute-form target; empty when there is none (HTTP/1.0). */
  host = '';
  /** The Host line in `lines` is missing or not the one to send. */
  hostMoved = false;
  /** The request line cannot be sent as it stands. */
  lineMoved = false;
  /** -1: none. */
  contentLength = -1;
  chunked = false;
  keepAlive = true;
  /** `Upgrade: websocket` was asked for properly. Other tokens are ignored. */
  webSocket = false;
  expectContinue = false;
  teTrailers = false;
  /** Members of all Via lines, joined with `,`; empty when there is none. */
  via = '';
  maxForwards = -1;
  requestId = '';
  /** How long whoever asks will wait, as it says; 0 = it does not say. */
  expectedMs = 0;
  /** '' none; `\n` marks more than one line, which is invalid. */
  traceparent = '';
  tracestate = '';
  forwarded = '';
  forwardedFor = '';
  forwardedHost = '';
  forwardedProto = '';
  origin = '';
  fetchSite = '';
  /** Field lines at most, with those that were not received but put there. */
  mostFields = MAX_FIELDS;
  /** Names listed in Connection besides the well-known options. */
  nominated: readonly string[] | null = null;

  #upgrade = '';
  #connection = '';
  #transferEncoding: string | null = null;
  #expect = '';
  #trailer = '';

  /** The field lines to forward. */
  get fields(): string {
    return this.lines.slice(this.fieldsStart);
  }

  /**
   * Reads `text[0, end)`, in which every line ends in CRLF.
   * @param maxTarget longest request-target in bytes; a longer one is answered with 414
   * @param bytes what the text was made of, beginning at `at`: a scan of bytes costs half of one of a string
   * @returns OK or the status to refuse the request with
   */
  parse(text: string, end: number, maxTarget: number, bytes: Uint8Array = Buffer.from(text, 'latin1'), at = 0): number {
    this.clear();
    this.text = text.slice(0, end);
    const status = this.#parseLine(text, maxTarget, bytes, at);
    if (status !== OK) return status;
    return this.#parseFields(text, end, bytes, at) || this.#settle();
  }

  /** Reads of a head that is refused what its first line tells, if it is there. */
  glance(text: string, maxTarget: number): void {
    const end = text.indexOf('\r\n') + 2;
    if (end < 2) this.clear();
    else this.parse(text, end, maxTarget);
  }

  /** Forgets the last request. */
  clear(): void {
    this.text = this.method = this.target = '';
    this.fieldsStart = 0;
    this.minor = 1;
    this.lines = this.host = this.via = this.requestId = this.traceparent = this.tracestate = '';
    this.forwarded = this.forwardedFor = this.forwardedHost = this.forwardedProto = this.origin = this.fetchSite = '';
    this.#upgrade = this.#connection = this.#expect = this.#trailer = '';
    this.#transferEncoding = this.nominated = null;
    this.contentLength = this.maxForwards = -1;
    this.expectedMs = 0;
    this.hostMoved = this.lineMoved = this.chunked = this.webSocket = this.expectContinue = this.teTrailers = false;
  }

  #parseLine(text: string, maxTarget: number, bytes: Uint8Array, at: number): number {
    let i = at;
    while (CLASS[bytes[i]!]! & TOKEN) i++;
    if (i === at || bytes[i] !== SP) return 400;
    this.method = text.slice(0, i - at);
    const target = ++i;
    while (CLASS[bytes[i]!]! & TARGET) i++;
    if (i - target > maxTarget) return 414;
    if (i === target || bytes[i] !== SP) return 400;
    this.target = text.slice(target - at, i - at);
    const version = i + 1 - at;
    if (!text.startsWith('HTTP/', version) || bytes[i + 9] !== CR || bytes[i + 10] !== LF) return 400;
    if (text.startsWith('1.1', version + 5)) this.minor = 1;
    else if (text.startsWith('1.0', version + 5)) this.minor = 0;
    else return /^\d\.\d$/.test(text.slice(version + 5, version + 8)) ? 505 : 400;
    this.lineMoved = this.minor === 0;
    this.fieldsStart = i + 11 - at;
    return OK;
  }

  #parseFields(text: string, end: number, bytes: Uint8Array, at: number): number {
    const stop = at + end;
    const { mostFields } = this;
    let i = at + this.fieldsStart;
    let kept = '';
    /** Where in the text the piece to keep begins. */
    let piece = 0;
    let count = 0;
    while (i < stop) {
      const line = i;
      let c = bytes[i]!;
      while (CLASS[c]! & TOKEN) c = bytes[++i]!;
      if (c !== COLON || i === line) return 400;
      const nameEnd = i;
      do c = bytes[++i]!;
      while (c === SP || c === HTAB);
      const valueStart = i;
      while (CLASS[c]! & VALUE) c = bytes[++i]!;
      if (c !== CR || bytes[i + 1] !== LF) return 400;
      const kind = F.classify(bytes, line, nameEnd);
      i += 2;
      if (++count > mostFields) return 431;
      if (kind <= F.OTHER) continue;
      // Content-Length is taken as it stands: some parsers trip over the space that others trim.
      const value = text.slice(valueStart - at, i - 2 - at);
      const keep = this.#take(kind, kind === F.CONTENT_LENGTH ? value : trimOws(value));
      if (keep > 1) return keep;
      if (keep === KEEP) continue;
      if (line - at > piece) kept += text.slice(piece, line - at);
      piece = i - at;
    }
    if (i !== stop) return 400;
    this.lines = piece === 0 ? this.text : kept + text.slice(piece, end);
    return OK;
  }

  /** Notes a field that concerns the gateway. @returns KEEP, DROP, or a status to refuse the request with */
  #take(kind: number, value: string): number {
    switch (kind) {
      case F.HOST:
        if (this.host !== '' || !isAuthority(value)) return 400;
        this.host = value;
        return KEEP;
      case F.CONTENT_LENGTH:
        if (this.contentLength !== -1) return 400;
        this.contentLength = parseLength(value);
        return this.contentLength === -1 ? 400 : KEEP;
      case F.TRANSFER_ENCODING:
        if (this.#transferEncoding !== null) return 400;
        this.#transferEncoding = value;
        return DROP;
      case F.CONNECTION:
        this.#connection = this.#connection === '' ? value : `${this.#connection},${value}`;
        return DROP;
      case F.UPGRADE:
        this.#upgrade = this.#upgrade === '' ? value : `${this.#upgrade},${value}`;
        return DROP;
      case F.TE:
        this.teTrailers ||= /(?:^|,)[ \t]*trailers[ \t]*(?:$|,)/i.test(value);
        return DROP;
      case F.TRAILER:
        this.#trailer = this.#trailer === '' ? value : `${this.#trailer}, ${value}`;
        return DROP;
      case F.EXPECT:
        this.#expect = this.#expect === '' ? value : `${this.#expect},${value}`;
        return DROP;
      case F.VIA:
        this.via = this.via === '' ? value : `${this.via},${value}`;
        return KEEP;
      case F.MAX_FORWARDS:
        if (this.method !== 'OPTIONS' && this.method !== 'TRACE') return KEEP;
        if (!/^\d{1,9}$/.test(value)) return 400;
        this.maxForwards = Number(value);
        return DROP;
      case F.REQUEST_ID:
        if (this.requestId !== '' || value === '' || value.length > 128 || /[^!-~]/.test(value)) return DROP;
        this.requestId = value;
        return KEEP;
      case F.TRACEPARENT:
        this.traceparent = this.traceparent === '' ? value || '\n' : '\n';
        return DROP;
      case F.TRACESTATE:
        this.tracestate = this.tracestate === '' ? value : `${this.tracestate},${value}`;
        return DROP;
      case F.FORWARDED:
        this.forwarded = this.forwarded === '' ? value : `${this.forwarded}, ${value}`;
        return DROP;
      case F.FORWARDED_FOR:
        this.forwardedFor = this.forwardedFor === '' ? value : `${this.forwardedFor}, ${value}`;
        return DROP;
      case F.FORWARDED_HOST:
        this.forwardedHost = value;
        return DROP;
      case F.FORWARDED_PROTO:
        this.forwardedProto = value;
        return DROP;
      case F.EXPECTED_TIMEOUT:
        this.expectedMs = /^\d{1,9}$/.test(value) ? Number(value) : 0;
        return DROP;
      case F.ORIGIN:
        this.origin = value;
        return KEEP;
      case F.FETCH_SITE:
        this.fetchSite = value.toLowerCase();
        return KEEP;
      default:
        return DROP;
    }
  }

  /** What only the whole head can tell: framing, persistence, target. */
  #settle(): number {
    this.keepAlive = this.minor === 1;
    let upgrading = false;
    if (this.#connection !== '') {
      const options = parseConnection(this.#connection);
      if (options === null) return 400;
      this.keepAlive = this.minor === 1 ? !options.close : options.keepAlive && !options.close;
      this.nominated = options.nominated;
      upgrading = options.upgrade;
    }
    if (this.#transferEncoding !== null) {
      if (this.minor === 0 || this.contentLength !== -1) return 400;
      const coding = this.#transferEncoding.toLowerCase();
      if (coding !== 'chunked') return /^[a-z]+$/.test(coding) ? 501 : 400;
      this.chunked = true;
      if (this.#trailer !== '') this.lines += `Trailer: ${this.#trailer}\r\n`;
    }
    if (this.#expect !== '' && this.minor === 1) {
      if (!parseExpect(this.#expect)) return 417;
      this.expectContinue = this.chunked || this.contentLength > 0;
    }
    this.webSocket =
      upgrading &&
      this.minor === 1 &&
      this.method === 'GET' &&
      !this.chunked &&
      this.contentLength <= 0 &&
      F.listMembers(this.#upgrade.toLowerCase()).includes('websocket');
    return this.#settleTarget();
  }

  #settleTarget(): number {
    if (this.method === 'CONNECT') return 501;
    const first = this.target.charCodeAt(0);
    if (first !== 47) {
      if (this.target === '*') {
        if (this.method !== 'OPTIONS') return 400;
      } else {
        const parts = parseAbsoluteTarget(this.target, this.method);
        if (parts?.authority == null || (this.host === '' && this.minor === 1)) return 400;
        this.hostMoved = true;
        this.lineMoved = true;
        this.host = parts.authority;
        this.target = parts.path;
      }
    }
    if (this.host === '') {
      if (this.minor === 1) return 400;
      this.hostMoved = true;
    }
    return OK;
  }
}

const DROP = 0;
const KEEP = 1;
