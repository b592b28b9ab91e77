/**
 * From the log files into the store: follows what services write and joins lines that came in pieces. Owns the reading;
 * ends with its signal.
 */
import { PIECE_SIGN, prefixAfterTime, timeStamp, toBytes } from '../../../runtime/logs/line-format.ts';
import type { LogRecord } from '../../../runtime/logs/read.ts';
import { Records } from '../../../runtime/logs/records.ts';
import { stretches } from '../../../runtime/logs/stretches.ts';
import type { LogStore } from './log-store.ts';

export interface FeedOptions {
  readonly dir: string;
  readonly sinceMs: number | undefined;
  /** Of each replica, of what is there already. */
  readonly last: number;
  readonly signal: AbortSignal;
  /** Something came. */
  readonly onLines: () => void;
}

export async function feed(store: LogStore, options: FeedOptions): Promise<void> {
  const { dir, sinceMs, last, signal, onLines } = options;
  const records = new Records();
  const query = { dir, sinceMs, last, follow: true, signal };
  for await (const step of stretches(query, undefined, () => records.hasOpen)) {
    if (step === 'caught-up') continue;
    if (step === 'idle') {
      for (const record of records.takeOpen()) store.append(record, onDisk(record));
    } else if (records.hasOpen || step.text.includes(PIECE_SIGN)) {
      for (const record of records.decode(step)) store.append(record, onDisk(record));
    } else {
      store.append(step.slot, step.text);
    }
    onLines();
  }
}

function onDisk({ time, stream, line }: LogRecord): string {
  return `${timeStamp(time)}${prefixAfterTime(stream, 0, ' ')}${toBytes(line.replaceAll('\n', ' '))}\n`;
}
