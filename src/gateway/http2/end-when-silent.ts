/**
 * Node does not tell when it has given a session up (a frame that breaks a rule, a header block that cannot be decoded)
 * or its peer has gone then; streams may also be silent for long. So whoever is silent is asked for a sign of life.
 */
import { constants, type Http2Session } from 'node:http2';

/** Ends a session on which nothing has come or gone for `silentMs`: with streams open only if no PING is answered within `answerMs`. */
export function endWhenSilent(
  session: Http2Session,
  silentMs: number,
  answerMs: number,
  hasStreams: () => boolean,
): void {
  let unanswered: NodeJS.Timeout | undefined;
  session.setTimeout(silentMs, () => {
    // Without a reason the streams would look as if they had ended well.
    const end = (): void => session.destroy(new Error('silent'), constants.NGHTTP2_CANCEL);
    if (!hasStreams()) session.destroy();
    else if (unanswered === undefined) {
      unanswered = setTimeout(end, answerMs);
      session.ping((error) => {
        clearTimeout(unanswered);
        unanswered = undefined;
        if (error !== null) end();
      });
    }
  });
  session.once('close', () => clearTimeout(unanswered));
}
