/** Loopback is two addresses, and a program may listen on either. In the order they are tried. */
export const LOOPBACKS = ['127.0.0.1', '::1'] as const;
export type Loopback = (typeof LOOPBACKS)[number];
