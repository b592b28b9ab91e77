/**
 * Reads one response head (RFC 9112) with the strictness of the request side: an upstream that cannot be understood
 * for certain is a bad gateway, not a guess. Owned by one upstream connection, read into again and again.
 */
import { CLASS, COLON, CR, HTAB, LF, SP, TOKEN, trimOws, VALUE } from './bytes.ts';
import { parseConnection, parseKeepAliveTimeout, parseLength } from './field-values.ts';
import * as F from './fields.ts';

export class ResponseHead {
  status = 0;
  /** ` 200 OK`: status and reason as received, with the space before. */
  statusText = '';
  minor = 1;
  /** Lines to forward: all but hop-by-hop ones; Content-Length stays. */
  fields = '';
  contentLength = -1;
  chunked = false;
  /** The upstream keeps the connection. */
  keepAlive = true;
  /** Seconds of its Keep-Alive hint, -1 without one. */
  keepAliveSeconds = -1;
  /** Lower-cased value of Upgrade. */
  upgrade = '';
  trailer = '';

  #connection = '';
  #transferEncoding: string | null = null;

  /** Reads `text[0, end)`, in which every line ends in CRLF. @returns false when it is not a proper response head */
  parse(text: string, end: number): boolean {
    this.fields = this.upgrade = this.trailer = this.#connection = '';
    this.#transferEncoding = null;
    this.contentLength = this.keepAliveSeconds = -1;
    this.chunked = false;
    const start = this.#parseLine(text);
    return start > 0 && this.#parseFields(text, start, end) && this.#settle();
  }

  /** @returns where the fields start, or 0 */
  #parseLine(text: string): number {
    if (!text.startsWith('HTTP/1.')) return 0;
    const minor = text.charCodeAt(7) - 48;
    if (minor !== 0 && minor !== 1) return 0;
    this.minor = minor;
    if (text.charCodeAt(8) !== SP) return 0;
    let status = 0;
    for (let i = 9; i < 12; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (!(digit >= 0 && digit <= 9)) return 0;
      status = status * 10 + digit;
    }
    if (status < 100) return 0;
    this.status = status;
    let i = 12;
    let c = text.charCodeAt(i);
    if (c !== SP && c !== CR) return 0;
    while (CLASS[c]! & VALUE) c = text.charCodeAt(++i);
    if (c !== CR || text.charCodeAt(i + 1) !== LF) return 0;
    // RFC 9112 4: the space after the status code is sent even when there is no reason.
    this.statusText = i === 12 ? `${text.slice(8, 12)} ` : text.slice(8, i);
    return i + 2;
  }

  #parseFields(text: string, start: number, end: number): boolean {
    let i = start;
    let kept = '';
    let pieceStart = start;
    while (i < end) {
      const line = i;
      let c = text.charCodeAt(i);
      while (CLASS[c]! & TOKEN) c = text.charCodeAt(++i);
      if (c !== COLON || i === line) return false;
      const nameEnd = i;
      do c = text.charCodeAt(++i);
      while (c === SP || c === HTAB);
      const valueStart = i;
      while (CLASS[c]! & VALUE) c = text.charCodeAt(++i);
      if (c !== CR || text.charCodeAt(i + 1) !== LF) return false;
      const kind = F.classify(text, line, nameEnd);
      i += 2;
      if (kind === F.OTHER) continue;
      const verdict = this.#take(kind, trimOws(text.slice(valueStart, i - 2)));
      if (verdict === BAD) return false;
      if (verdict === KEEP) continue;
      if (line > pieceStart) kept += text.slice(pieceStart, line);
      pieceStart = i;
    }
    if (i !== end) return false;
    this.fields = kept === '' ? text.slice(pieceStart, end) : kept + text.slice(pieceStart, end);
    return true;
  }

  #take(kind: number, value: string): number {
    switch (kind) {
      case F.CONTENT_LENGTH: {
        const length = parseLength(value);
        if (length === -1) return BAD;
        if (this.contentLength === -1) {
          this.contentLength = length;
          return KEEP;
        }
        return this.contentLength === length ? DROP : BAD;
      }
      case F.TRANSFER_ENCODING:
        if (this.#transferEncoding !== null) return BAD;
        this.#transferEncoding = value.toLowerCase();
        return DROP;
      case F.CONNECTION:
        this.#connection = this.#connection === '' ? value : `${this.#connection},${value}`;
        return DROP;
      case F.UPGRADE:
        this.upgrade = value.toLowerCase();
        return DROP;
      case F.KEEP_ALIVE:
        this.keepAliveSeconds = parseKeepAliveTimeout(value);
        return DROP;
      case F.TRAILER:
        this.trailer = this.trailer === '' ? value : `${this.trailer}, ${value}`;
        return DROP;
      case F.TE:
      case F.DROPPED:
        return DROP;
      default:
        return KEEP;
    }
  }

  #settle(): boolean {
    this.keepAlive = this.minor === 1;
    if (this.#connection !== '') {
      const options = parseConnection(this.#connection);
      if (options === null) return false;
      this.keepAlive = !options.close && (this.minor === 1 || options.keepAlive);
      if (options.nominated !== null) this.fields = F.withoutFields(this.fields, new Set(options.nominated));
    }
    if (this.#transferEncoding !== null) {
      // RFC 9112 6.1 and 6.3: with both, or from 1.0, or with a coding nobody asked for, the framing is not certain.
      if (this.contentLength !== -1 || this.minor === 0 || this.#transferEncoding !== 'chunked') return false;
      this.chunked = true;
    }
    return true;
  }
}

const DROP = 0;
const KEEP = 1;
const BAD = 2;
