/** Where the time of one request went, as the access log and Server-Timing tell it. Pure. */

/** Milliseconds; -1: it did not come to that. */
export interface Times {
  /** Until it was sent to an instance for the last time: waiting, faults, repetitions, connecting. */
  readonly queueMs: number;
  /** Of the last connection that had to be made; 0 = one was there. */
  readonly connectMs: number;
  /** From the last time it was sent to the answer's head. */
  readonly firstByteMs: number;
  /** All of it until now. */
  readonly totalMs: number;
}

/** Monotonic milliseconds; 0 = it has not come to that. */
export interface Moments {
  readonly startedAt: number;
  readonly sentAt: number;
  readonly headAt: number;
  readonly connectMs: number;
}

export function timesOf({ startedAt, sentAt, headAt, connectMs }: Moments, now: number): Times {
  return {
    queueMs: (sentAt || now) - startedAt,
    connectMs,
    // The head of an answer that was not passed on lies before the repetition.
    firstByteMs: sentAt > 0 && headAt >= sentAt ? headAt - sentAt : -1,
    totalMs: now - startedAt,
  };
}

/** As a field line (https://www.w3.org/TR/server-timing/): `Server-Timing: queue;dur=0.21, connect;dur=0, ...` */
export function serverTiming({ queueMs, connectMs, firstByteMs, totalMs }: Times): string {
  const firstByte = firstByteMs < 0 ? '' : `, first-byte;dur=${rounded(firstByteMs)}`;
  return `Server-Timing: queue;dur=${rounded(queueMs)}, connect;dur=${rounded(connectMs)}${firstByte}, total;dur=${rounded(totalMs)}\r\n`;
}

export function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
