/** The process table from `ps`: for systems without /proc. Costs a process a look. */
import { execFile, execFileSync } from 'node:child_process';
import { coalesce } from './coalesce.ts';
import { type ProcessReader, type ProcessRow, shortCommand } from './process-row.ts';

const COLUMNS = 'pid=,ppid=,pgid=,stat=,rss=,time=,lstart=';
/** `lstart` is five words: `Mon Nov 23 09:43:25 2026`. */
const ROW = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+\S+\s+\d+)/;

const options = {
  env: { PATH: process.env.PATH ?? '/bin:/usr/bin', LC_ALL: 'C' },
  maxBuffer: 1 << 26,
  encoding: 'utf8',
} as const;

function ps(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    // A pid that does not exist makes ps exit 1 with the others printed.
    execFile('ps', args, options, (_error, stdout) => resolve(stdout ?? ''));
  });
}

/** `[[days-]hours:]minutes:seconds[.hundredths]` */
export function psSeconds(text: string): number {
  const [days, clock] = text.includes('-') ? (text.split('-') as [string, string]) : ['0', text];
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
}

function parse(stdout: string): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const line of stdout.split('\n')) {
    const fields = ROW.exec(line);
    if (!fields) continue;
    rows.push({
      pid: Number(fields[1]),
      ppid: Number(fields[2]),
      pgid: Number(fields[3]),
      zombie: fields[4]!.startsWith('Z'),
      memoryBytes: Number(fields[5]) * 1024,
      cpuSeconds: psSeconds(fields[6]!),
      start: fields[7]!.replace(/\s+/g, ' '),
    });
  }
  return rows;
}

export const psReader: ProcessReader = {
  rows: coalesce(async () => {
    const rows = parse(await ps(['-A', '-o', COLUMNS]));
    if (rows.length === 0) throw new Error('ps could not be run');
    return rows;
  }),
  async rowsOf(pids) {
    return pids.length === 0 ? [] : parse(await ps(['-o', COLUMNS, '-p', pids.join(',')]));
  },
  async command(pid) {
    const line = shortCommand(await ps(['-ww', '-o', 'command=', '-p', String(pid)]));
    return line === '' ? null : line;
  },
};

/** When the process started, as `ProcessRow.start` has it; null when there is none, or a zombie. Blocks. */
export function psStart(pid: number): string | null {
  try {
    const [row] = parse(execFileSync('ps', ['-o', COLUMNS, '-p', String(pid)], { ...options, stdio: 'pipe' }));
    return row && !row.zombie ? row.start : null;
  } catch {
    return null;
  }
}
