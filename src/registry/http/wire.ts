/** A handler's response as the wire wants it, made once for each: a thousand readers are given the same. */
import type { FaceResponse } from './face.ts';

export interface Wire {
  readonly status: number;
  /** Names and values in turns. */
  readonly head: string[];
  readonly text: string;
}

const made = new WeakMap<FaceResponse, Wire>();

export function wireOf(response: FaceResponse): Wire {
  let wire = made.get(response);
  if (!wire) {
    wire = make(response);
    made.set(response, wire);
  }
  return wire;
}

function make({ status, headers = {}, body, type }: FaceResponse): Wire {
  const isText = typeof body === 'string';
  const text = body === undefined ? '' : isText ? body : JSON.stringify(body);
  const all = {
    'Content-Type': isText || body === undefined ? (type ?? 'text/plain; charset=utf-8') : 'application/json',
    'Content-Length': String(Buffer.byteLength(text)),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    ...headers,
  };
  return { status, head: Object.entries(all).flat(), text };
}
