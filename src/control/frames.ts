/**
 * Newline-delimited JSON over a stream: cuts what arrives into frames, in order, and refuses a line over the limit
 * (a client that never sends a newline must not fill the engine's memory).
 */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

export class FrameReader {
  #parts: Buffer[] = [];
  #bytes = 0;

  /** @returns the whole frames that `chunk` completed. @throws Error for a line that is not JSON or is too long. */
  push(chunk: Buffer): unknown[] {
    const frames: unknown[] = [];
    let from = 0;
    for (let end = chunk.indexOf(10, from); end !== -1; end = chunk.indexOf(10, from)) {
      const tail = chunk.subarray(from, end);
      const line = this.#parts.length === 0 ? tail : Buffer.concat([...this.#parts, tail]);
      this.#parts = [];
      this.#bytes = 0;
      from = end + 1;
      if (line.length > 0) frames.push(JSON.parse(line.toString('utf8')));
    }
    if (from < chunk.length) {
      this.#parts.push(chunk.subarray(from));
      this.#bytes += chunk.length - from;
      if (this.#bytes > MAX_FRAME_BYTES) throw new Error('control frame too long');
    }
    return frames;
  }
}

export function frame(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** @param written further parameters, each as one line of JSON */
export function requestFrame(
  id: number,
  method: string,
  params: object,
  written: Readonly<Record<string, string>>,
): string {
  const given = JSON.stringify(params).slice(1, -1);
  const members = Object.entries(written).map(([name, json]) => `${JSON.stringify(name)}:${json}`);
  if (given !== '') members.push(given);
  return `{"id":${id},"method":${JSON.stringify(method)},"params":{${members.join(',')}}}\n`;
}
