/**
 * The longest time that a timer can wait, in milliseconds: 24 days and 20 hours. Asked for more, Node's timers fire at
 * once, so that a stop grace of a year would be none. What is written longer counts as this.
 */
export const LONGEST_MS = 2 ** 31 - 1;
