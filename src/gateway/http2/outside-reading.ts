/**
 * Keeps ends out of nghttp2's reading, which knows nothing of them and goes on with memory that was freed. Holds no state.
 *
 * All that follows from a frame (events, their promises and ticks) runs while nghttp2 reads, and Node lets it end
 * what is being read (seen with Node 20.20; for streams nodejs/node#64166 has the cause):
 *
 * - a session that ends at a GOAWAY, or at the stream refused after one: nghttp2 forgets that it was to ignore the rest,
 *   and a frame of a wrong length in the same piece breaks an assertion of its own. The whole process aborts;
 * - a stream that is reset: Node has nghttp2 send at once, which frees the stream. The heap is damaged. Node itself does
 *   it to each stream that begins after a `close` of its session.
 *
 * An end from outside does nothing of that.
 */
import type { Http2Session, Http2Stream } from 'node:http2';

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

/** Resets the stream in the next turn of the event loop. */
export function resetOutsideReading(stream: Http2Stream, code: number): void {
  setImmediate(() => {
    if (!stream.closed) stream.close(code);
  });
}

/** The streams of a session that are open. */
export interface OpenStreams {
  readonly count: number;
  add(stream: Http2Stream): void;
}

/**
 * Counts streams, and gives the session a `close` (Node calls it at a GOAWAY) that ends it with the last of them. Unlike
 * Node's own it refuses no stream in the meantime, and the peer can still be asked for a sign of life.
 */
export function closeWithLastStream(session: Http2Session): OpenStreams {
  let count = 0;
  let isClosing = false;
  session.close = () => {
    isClosing = true;
    if (count === 0) session.destroy();
  };
  return {
    get count() {
      return count;
    },
    add(stream) {
      count++;
      stream.once('close', () => {
        count--;
        if (count === 0 && isClosing) session.destroy();
      });
    },
  };
}
