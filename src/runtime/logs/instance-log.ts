import type { StreamName } from './line-format.ts';

/** What a failure shows of the last output: enough for the head of a stack trace of Node or Python. */
export const TAIL_LINES = 20;

/** The log of one replica as its writers see it. The files are read back by `read.ts`, with or without an engine. */
export interface InstanceLog {
  /**
   * Takes over reading this pipe end (non-blocking fd) until end of file; closes it. Resolves when all of it is in the log.
   * @param onChunk is shown what is read, in memory that is used again after the call
   */
  attach(fd: number, stream: StreamName, onChunk?: (chunk: Buffer) => void): Promise<void>;
  /** A line of msvc's own (a hook's output, an exit, a reload), stream `msvc`. */
  note(line: string): void;
  /** Whole output of a one-shot (hook), line by line. */
  append(stream: StreamName, chunk: Buffer): void;
  /** For output that comes in chunks: a container's. The writer ends it. */
  open(stream: StreamName): LogInput;
  /** The last lines said by the current launch, without colours. */
  tail(lines: number): readonly string[];
  /**
   * Calls back for each line of the current launch until stopped, at once for those it has said already (of the last
   * 16 KiB at least): a container speaks before its launch is known to be one. For log probes only.
   */
  watch(onLine: (line: string) => void): () => void;
  /** Marks the start of another launch in the same slot: `tail` begins afresh. */
  begin(): void;
  /** Everything so far is with the operating system. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface LogInput {
  /** @returns false when the writer should wait for `room` */
  push(chunk: Buffer): boolean;
  room(): Promise<void>;
  /** Resolves when all of it is in the log. */
  end(): Promise<void>;
}
