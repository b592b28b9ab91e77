/** The drivers there are. Another kind is one file here and one line in this list. */
import { createProcessDriver } from './process.ts';

export const drivers = [{ kind: 'process', create: createProcessDriver }] as const;
