/** Waiting that ends with a signal. Owns no state. */

/** An AbortController to whoever may be told to stop. It makes its signal when that is asked for, and few ask. */
export type Stop = Pick<AbortController, 'signal'>;

/** Resolves with null when `signal` aborts, or as `sooner` does before that. Leaves nothing on the signal. */
export async function untilAborted<T = never>(
  signal: AbortSignal,
  sooner: Promise<T> = new Promise(() => {}),
): Promise<T | null> {
  let leave: () => void = () => {};
  const ended = new Promise<null>((resolve) => {
    leave = () => resolve(null);
  });
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  try {
    return await Promise.race([ended, sooner]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
