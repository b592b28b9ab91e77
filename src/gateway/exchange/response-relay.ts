/**
 * Carries one exchange's response to its client: the head rewritten once, the body framed for this client. Owns what is
 * known of the response; knows nothing of attempts.
 */
import type { ResponseHead } from '../http/response-head.ts';
import type { FieldChange } from '../routes/compiled-route.ts';
import type { ClientSide } from './client-side.ts';
import { type BodyMode, bodyMode, informationalLines, responseLines, switchingLines } from './response-lines.ts';

export class ResponseRelay {
  /** The client's connection may take another request after this response. */
  keepAlive: boolean;
  /** 0 before the final response has begun. */
  status = 0;
  /** 100 Continue was relayed: the client may have begun to send its body. */
  continued = false;
  readonly isHead: boolean;
  /** Of the body, as far as it was relayed. */
  bodyBytes = 0;
  readonly #client: ClientSide;
  #mode: BodyMode = 'same';

  constructor(client: ClientSide) {
    this.#client = client;
    this.keepAlive = client.head.keepAlive;
    this.isHead = client.head.method === 'HEAD';
  }

  /** 100 is relayed once, to a client that waits for it; other interim answers to every client that knows them. */
  informational(head: ResponseHead): void {
    const { minor, expectContinue } = this.#client.head;
    if (head.status === 100) {
      if (!expectContinue || this.continued) return;
      this.continued = true;
      this.#client.holdsBody = false;
    }
    if (minor === 1) this.#client.writeText(informationalLines(head));
  }

  /** Whether the instance may switch protocols: only to the one that was asked for. */
  maySwitch(head: ResponseHead): boolean {
    return this.#client.head.webSocket && head.upgrade.includes('websocket');
  }

  switching(head: ResponseHead, replicaLine: string): void {
    this.status = 101;
    this.#client.beginResponse(switchingLines(head, { via: this.#client.listener.via(head.version), replicaLine }));
  }

  /** @returns how the body is wanted from the instance */
  begin(head: ResponseHead, replicaLine: string, change: FieldChange | null): { raw: boolean; trailers: boolean } {
    const client = this.#client;
    const modern = client.head.minor === 1;
    this.status = head.status;
    this.#mode = bodyMode(head, this.isHead, modern);
    // An answer before the request's end leaves the client's connection in doubt, and so does an end told by closing.
    this.keepAlive &&= client.bodyDone && this.#mode !== 'bare' && !client.listener.closing;
    // gRPC carries its status in trailers whether or not they were asked for.
    const trailers = head.chunked && (client.head.teTrailers || /application\/grpc/i.test(head.fields));
    const { isHead, keepAlive } = this;
    const via = client.listener.via(head.version);
    client.beginResponse(
      responseLines(head, this.#mode, { isHead, modern, keepAlive, trailers, via, replicaLine, change }),
    );
    return { raw: this.#mode === 'same', trailers };
  }

  /** @returns false when the client has enough for now */
  bytes(buffer: Buffer, start: number, end: number): boolean {
    const client = this.#client;
    if (this.#mode === 'none') return true;
    this.bodyBytes += end - start;
    if (this.#mode !== 'encode') return client.writeBytes(buffer, start, end);
    client.socket.cork();
    client.writeText(`${(end - start).toString(16)}\r\n`);
    client.writeBytes(buffer, start, end);
    const more = client.writeText('\r\n');
    client.socket.uncork();
    return more;
  }

  /** The whole body of a response with a length. @returns false when the client has enough for now */
  text(body: string): boolean {
    if (this.#mode === 'none') return true;
    this.bodyBytes += body.length;
    return this.#client.writeText(body);
  }

  end(): void {
    if (this.#mode === 'encode') this.#client.writeText('0\r\n\r\n');
  }
}
