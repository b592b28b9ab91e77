/** What is known of one process of this machine, wherever it was read from, and who can be asked. */
export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  /** Dead, waiting for its parent to take notice: counts as gone everywhere. */
  readonly zombie: boolean;
  /**
   * Opaque word for when it started; with the pid it names one process of this boot. Only compared for equality,
   * and only with words of the same reader.
   */
  readonly start: string;
  /** User and system time, its own and that of children it has waited for. */
  readonly cpuSeconds: number;
  /** Resident set; pages shared between processes count in each. */
  readonly memoryBytes: number;
}

/** One way of reading the table. Everything returns nothing for what it may not see. */
export interface ProcessReader {
  /** Every process. Callers of the same moment share one look. Rejects when the table cannot be read at all. */
  rows(): Promise<readonly ProcessRow[]>;
  /** These alone; the ones that do not exist are left out. */
  rowsOf(pids: readonly number[]): Promise<readonly ProcessRow[]>;
  /** Command line, at most 200 characters; null when it is gone. */
  command(pid: number): Promise<string | null>;
}

export const COMMAND_CHARACTERS = 200;

/** One line, at most 200 characters. */
export function shortCommand(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > COMMAND_CHARACTERS ? `${line.slice(0, COMMAND_CHARACTERS - 1)}…` : line;
}
