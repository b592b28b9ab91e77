/** Requests that wait, as those who make them wait see them. Types only. */
export interface Waiter {
  /** It may try again, or its turn has come. */
  wake(): void;
}

/** One who waits for an instance. */
export interface InstanceWaiter extends Waiter {
  /** None will come. */
  giveUp(): void;
}
