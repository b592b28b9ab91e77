/**
 * A standard stream written by the system's own call, as Node writes to terminals, files and pipes on Linux anyway, but
 * without what its streams are made of: to load that takes several milliseconds. Where a write would have to wait and
 * cannot, Node's own stream takes over.
 */
import { writeSync } from 'node:fs';
import { posix } from '../runtime/children/posix.ts';
import type { OutputStream } from './output.ts';

type OnError = (error: NodeJS.ErrnoException) => void;

/** @param ordinary Node's stream of the same descriptor. @returns that one where the system cannot be asked */
export function directStream(fd: number, ordinary: () => OutputStream): OutputStream {
  const native = posix();
  return native === null ? ordinary() : new DirectStream(fd, native.window, ordinary);
}

class DirectStream implements OutputStream {
  readonly isTTY: boolean;
  readonly #fd: number;
  readonly #window: (fd: number) => number | null;
  readonly #ordinary: () => OutputStream;
  #successor: OutputStream | null = null;
  readonly #onError: OnError[] = [];

  constructor(fd: number, window: (fd: number) => number | null, ordinary: () => OutputStream) {
    this.#fd = fd;
    this.#window = window;
    this.#ordinary = ordinary;
    this.isTTY = window(fd) !== null;
  }

  get columns(): number | undefined {
    return this.#window(this.#fd) || undefined;
  }

  write(chunk: string | Uint8Array, done?: () => void): boolean {
    if (this.#successor) return this.#successor.write(chunk, done);
    let rest: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#fd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return this.#succeed().write(rest, done);
      for (const listener of this.#onError) listener(error as NodeJS.ErrnoException);
    }
    done?.();
    return true;
  }

  on(_event: 'error', listener: OnError): this {
    if (this.#successor) this.#successor.on('error', listener);
    else this.#onError.push(listener);
    return this;
  }

  once(event: 'drain', listener: () => void): this {
    this.#successor?.once(event, listener);
    return this;
  }

  #succeed(): OutputStream {
    const successor = this.#ordinary();
    for (const listener of this.#onError) successor.on('error', listener);
    this.#successor = successor;
    return successor;
  }
}
