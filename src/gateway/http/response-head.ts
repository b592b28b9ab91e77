/**
 * Reads one response head (RFC 9112) with the strictness of the request side: an upstream that cannot be understood
 * for certain is a bad gateway, not a guess. Owned by one upstream connection, read into again and again.
 */
import { CLASS, COLON, CR, HTAB, LF, SP, TOKEN, trimOws, VALUE } from './bytes.ts';
import { parseConnection, parseKeepAliveTimeout, parseLength } from './field-values.ts';
import * as F from './fields.ts';

export class ResponseHead {
  status = 0;
  minor = 1;
  /** Status line, as HTTP/1.1, and field lines to forward: all but hop-by-hop ones; Content-Length stays. */
  lines = '';
  /** Where the field lines start in `lines`. */
  fieldsStart = 0;
  contentLength = -1;
  /** It comes from HTTP/2, and was put into this form. */
  isHttp2 = false;
  chunked = false;
  hasDate = false;
  /** The upstream keeps the connection. */
  keepAlive = true;
  /** Seconds of its Keep-Alive hint, -1 without one. */
  keepAliveSeconds = -1;
  /** Lower-cased value of Upgrade. */
  upgrade = '';
  trailer = '';

  #connection = '';
  #transferEncoding: string | null = null;

  /** Of HTTP, as received: 1.0, 1.1 or 2. */
  get version(): 0 | 1 | 2 {
    return this.isHttp2 ? 2 : this.minor === 0 ? 0 : 1;
  }

  get fields(): string {
    return this.lines.slice(this.fieldsStart);
  }

  /**
   * Reads `text[0, end)`, in which every line ends in CRLF. @returns false when it is not a proper response head
   * @param bytes what the text was made of, beginning at `at`
   */
  parse(text: string, end: number, bytes: Uint8Array = Buffer.from(text, 'latin1'), at = 0): boolean {
    this.lines = this.upgrade = this.trailer = this.#connection = '';
    this.#transferEncoding = null;
    this.contentLength = this.keepAliveSeconds = -1;
    this.chunked = this.hasDate = false;
    const start = this.#parseLine(text, bytes, at);
    return start > 0 && this.#parseFields(text, start, end, bytes, at) && this.#settle();
  }

  /** @returns where the fields start, or 0 */
  #parseLine(text: string, bytes: Uint8Array, at: number): number {
    if (!text.startsWith('HTTP/1.')) return 0;
    const minor = bytes[at + 7]! - 48;
    if (minor !== 0 && minor !== 1) return 0;
    this.minor = minor;
    if (bytes[at + 8] !== SP) return 0;
    let status = 0;
    for (let i = 9; i < 12; i++) {
      const digit = bytes[at + i]! - 48;
      if (!(digit >= 0 && digit <= 9)) return 0;
      status = status * 10 + digit;
    }
    if (status < 100) return 0;
    this.status = status;
    let i = at + 12;
    let c = bytes[i]!;
    if (c !== SP && c !== CR) return 0;
    while (CLASS[c]! & VALUE) c = bytes[++i]!;
    if (c !== CR || bytes[i + 1] !== LF) return 0;
    return i + 2 - at;
  }

  #parseFields(text: string, start: number, end: number, bytes: Uint8Array, at: number): boolean {
    const stop = at + end;
    let i = at + start;
    let kept = '';
    /** Where in the text the piece to keep begins. */
    let piece = 0;
    this.fieldsStart = start;
    if (this.minor === 0 || start === BARE_LINE) {
      // RFC 9112 4: the space after the status code is sent even when there is no reason.
      kept = `HTTP/1.1${text.slice(8, 12)}${start === BARE_LINE ? ' \r\n' : text.slice(12, start)}`;
      piece = start;
      this.fieldsStart = kept.length;
    }
    while (i < stop) {
      const line = i;
      let c = bytes[i]!;
      while (CLASS[c]! & TOKEN) c = bytes[++i]!;
      if (c !== COLON || i === line) return false;
      const nameEnd = i;
      do c = bytes[++i]!;
      while (c === SP || c === HTAB);
      const valueStart = i;
      while (CLASS[c]! & VALUE) c = bytes[++i]!;
      if (c !== CR || bytes[i + 1] !== LF) return false;
      const kind = F.classify(bytes, line, nameEnd);
      i += 2;
      if (kind <= F.OTHER) {
        if (kind === F.DATE) this.hasDate = true;
        continue;
      }
      const verdict = this.#take(kind, trimOws(text.slice(valueStart - at, i - 2 - at)));
      if (verdict === BAD) return false;
      if (verdict === KEEP) continue;
      if (line - at > piece) kept += text.slice(piece, line - at);
      piece = i - at;
    }
    if (i !== stop) return false;
    this.lines = kept === '' ? text.slice(piece, end) : kept + text.slice(piece, end);
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
      if (options.nominated !== null) {
        this.lines = this.lines.slice(0, this.fieldsStart) + F.withoutFields(this.fields, new Set(options.nominated));
      }
    }
    if (this.#transferEncoding !== null) {
      // RFC 9112 6.1 and 6.3: with both, or from 1.0, or with a coding nobody asked for, the framing is not certain.
      if (this.contentLength !== -1 || this.minor === 0 || this.#transferEncoding !== 'chunked') return false;
      this.chunked = true;
    }
    return true;
  }
}

/** Bytes of a status line without a reason and without the space before it. */
const BARE_LINE = 14;

const DROP = 0;
const KEEP = 1;
const BAD = 2;
