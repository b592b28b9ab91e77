/**
 * Claims a port and listens on it. Between the two another program may take it: then the claim is asked again, which
 * finds the port taken and says so, or gives the next free one.
 */
const ATTEMPTS = 20;

/** @throws what `claim` throws, or what `listen` throws for another reason than a taken port */
export async function listenOnFree<T>(
  claim: () => Promise<T>,
  listen: (claimed: T) => Promise<void>,
  release: (claimed: T) => void,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const claimed = await claim();
    try {
      await listen(claimed);
      return claimed;
    } catch (error) {
      release(claimed);
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === ATTEMPTS) throw error;
    }
  }
}
