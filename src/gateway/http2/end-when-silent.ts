/**
 * Node does not tell when it has given a session up (a frame that breaks a rule, a header block that cannot be decoded):
 * it takes requests as before, and sends none. Nor does it tell when the peer has gone then; streams may also be silent
 * for long. So a peer that says nothing is asked for a sign of life.
 *
 * It is asked by an empty SETTINGS, which everybody has to acknowledge (RFC 9113 6.5.3). Servers of gRPC end a connection
 * on which PINGs come more often than every five minutes (https://github.com/grpc/grpc/blob/master/doc/keepalive.md).
 */
import { constants, type Http2Session } from 'node:http2';

export interface Silence {
  /** A sign of life has been asked for and has not come yet: no good place for a new request. */
  readonly isInDoubt: boolean;
}

/**
 * Ends a session on which nothing has come or gone for `silentMs`, unless streams are open. Then it is ended when nothing
 * has come for so long (at most twice), whatever has gone, and no sign of life comes within `answerMs`.
 */
export function endWhenSilent(
  session: Http2Session,
  silentMs: number,
  answerMs: number,
  hasStreams: () => boolean,
): Silence {
  let unanswered: NodeJS.Timeout | undefined;
  let heard = 0;
  const ask = (): void => {
    // Without a reason the streams would look as if they had ended well.
    const end = (): void => session.destroy(new Error('silent'), constants.NGHTTP2_CANCEL);
    unanswered = setTimeout(end, answerMs);
    session.settings({}, (error) => {
      clearTimeout(unanswered);
      unanswered = undefined;
      if (error !== null) end();
    });
  };
  const listening = setInterval(() => {
    if (session.destroyed || unanswered !== undefined) return;
    const { bytesRead } = session.socket;
    if (bytesRead === heard && hasStreams()) ask();
    heard = bytesRead;
  }, silentMs);
  listening.unref();
  // Not as the callback of `setTimeout`, which is called once.
  session.on('timeout', () => {
    // The timer has run off.
    if (hasStreams()) session.setTimeout(silentMs);
    else session.destroy();
  });
  session.setTimeout(silentMs);
  session.once('close', () => {
    clearTimeout(unanswered);
    clearInterval(listening);
  });
  return {
    get isInDoubt() {
      return unanswered !== undefined;
    },
  };
}
