/**
 * Lets many callers share one costly look. A caller always gets a look that begins after its call, never one that
 * was already under way: what it asks about may have changed since that one began.
 */
export function coalesce<T>(look: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | null = null;
  let current: Promise<unknown> = Promise.resolve();
  return () => {
    next ??= current.then(() => {
      next = null;
      const looking = look();
      current = looking.catch(() => undefined);
      return looking;
    });
    return next;
  };
}
