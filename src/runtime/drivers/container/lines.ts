/** A stream of JSON, one object a line (pulls and builds answer so), read as it comes. */
import type { Readable } from 'node:stream';

/** Resolves at the end of the stream. @throws when it breaks off, or what `onLine` throws */
export async function readJsonLines<T>(stream: Readable, onLine: (line: T) => void): Promise<void> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const text of stream) {
    const lines = (rest + String(text)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') onLine(JSON.parse(line) as T);
  }
  if (rest.trim() !== '') onLine(JSON.parse(rest) as T);
}
