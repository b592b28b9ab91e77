/**
 * Keeps the end of an HTTP/2 session out of nghttp2's reading. Holds no state.
 *
 * Node may end a session from within a callback of nghttp2: at a GOAWAY, or at the stream that it refuses after one.
 * nghttp2 then forgets that it was to ignore the rest and reads on, and a frame of a wrong length in the same piece
 * breaks an assertion of its own: the whole process aborts (`nghttp2_session_mem_recv2`, seen with Node 20.20 for
 * sessions of a server). An end from outside is not forgotten.
 */
import type { Http2Session } from 'node:http2';

/**
 * @param onEnding told at once, while the session does not yet look any different
 * @returns the session; its `destroy` takes effect in the next turn of the event loop
 */
export function endOutsideReading<S extends Http2Session>(session: S, onEnding: () => void = () => {}): S {
  const destroy = session.destroy.bind(session);
  session.destroy = (error, code) => {
    onEnding();
    setImmediate(() => destroy(error, code));
  };
  return session;
}
