/**
 * One question to an engine, answered before it returns: Node's sockets and streams take a short command longer to load
 * than all that it has to do. For what changes nothing: who gets no answer here asks again, with a `Client`.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { VERSION } from '../model/version.ts';
import { posix } from '../runtime/children/posix.ts';
import { FrameReader, requestFrame } from './frames.ts';
import { type EngineFrame, type Method, type Params, PROTOCOL_VERSION, type Result } from './protocol.ts';

/** An engine that is busy for longer is waited for in a way that can be broken off. */
const PATIENCE_MS = 2_000;
const PIECE_BYTES = 64 * 1024;
const GREETING = 1;
const QUESTION = 2;

/** @returns undefined when it has not been answered, for whatever reason */
export function askOnce<M extends Method>(socketPath: string, method: M, params: Params<M>): Result<M> | undefined {
  const fd = posix()?.dial(socketPath, PATIENCE_MS) ?? -1;
  if (fd < 0) return undefined;
  try {
    const greeting = requestFrame(GREETING, 'hello', { version: VERSION, protocol: PROTOCOL_VERSION }, {});
    writeSync(fd, greeting + requestFrame(QUESTION, method, params, {}));
    return answerFrom(fd) as Result<M> | undefined;
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function answerFrom(fd: number): unknown {
  const reader = new FrameReader();
  for (;;) {
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const length = readSync(fd, piece);
    if (length === 0) return undefined;
    for (const value of reader.push(piece.subarray(0, length))) {
      const answer = value as EngineFrame;
      if (!('result' in answer)) return undefined;
      if (answer.id === QUESTION) return answer.result;
    }
  }
}
