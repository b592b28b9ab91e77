/** Node's HTTP/2, loaded when the first connection needs it. */
import type * as Http2 from 'node:http2';

let loaded: typeof Http2 | undefined;

export function http2(): typeof Http2 {
  loaded ??= process.getBuiltinModule('node:http2');
  return loaded;
}

/** Error codes of RFC 9113 7, which are needed before the module is. */
export const constants = { NGHTTP2_NO_ERROR: 0, NGHTTP2_INTERNAL_ERROR: 2, NGHTTP2_CANCEL: 8 } as const;
