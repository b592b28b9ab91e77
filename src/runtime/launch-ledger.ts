/**
 * What one run of an engine has launched, on disk, so that a later command can end what a killed engine left:
 * `<stateDir>/run/<run>.launches`. One line a fact, appended with plain writes (a few microseconds, and with the
 * system at once, so that not even SIGKILL loses one). The file exists exactly as long as the run does.
 *
 * Lines: `engine <pid> <start>` first, then `launch <pid> <start> <service>` and `gone <pid>`; fields are tab-separated.
 * The file is replaced by one without what is gone when it has grown large.
 */
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { MsvcError } from '../model/error.ts';
import { hasProc, isProcess, processTable, startTimeOf } from './process-table.ts';
import { removeFile } from './remove-file.ts';

export interface Launch {
  /** Leader of its own group: the group's number too. */
  readonly pid: number;
  /** Empty when it was gone before it could be read. */
  readonly start: string;
  readonly service: string;
}

export interface RunRecord {
  readonly run: string;
  readonly file: string;
  readonly engine: { readonly pid: number; readonly start: string; readonly space: string };
  /** Launches whose groups are not known to be empty. */
  readonly launches: readonly Launch[];
}

export interface LaunchLedger {
  launched(launch: { pid: number; service: string }): void;
  /** Its group is empty. */
  gone(pid: number): void;
  /** The run is over and nothing is left: removes the file. */
  close(): Promise<void>;
}

const SUFFIX = '.launches';
/** A file of this size that records mostly groups that have gone is written anew: a job may be run again for weeks. */
const COMPACT_BYTES = 256 * 1024;

export function runFolder(stateDir: string): string {
  return path.join(stateDir, 'run');
}

/**
 * Names the space in which a pid means the same process: this boot, this pid namespace. Records from before a restart of
 * the machine, or from a container that shares the project's folder, say nothing here.
 */
export function pidSpace(): string {
  if (!hasProc) return process.platform;
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The link's text is the namespace's name: `pid:[4026531836]`.
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return 'linux';
  }
}

/**
 * Opens the record of a new run. To be done before its first launch.
 * @param onWriteFailed once, when a later line could not be written (a full disk): the run goes on
 * @throws MsvcError MSVC_STATE_UNWRITABLE, MSVC_DISK_FULL
 */
export function openLaunchLedger(options: {
  readonly stateDir: string;
  readonly run: string;
  readonly onWriteFailed?: (error: Error) => void;
}): LaunchLedger {
  const { stateDir, run, onWriteFailed } = options;
  const file = path.join(runFolder(stateDir), `${run}${SUFFIX}`);
  const head = `engine\t${process.pid}\t${startTimeOf(process.pid)}\t${pidSpace()}\n`;
  /** Lines of the groups that are not known to be empty. */
  const live = new Map<number, string>();
  let bytes = 0;
  /** The file appears whole: without its first line nobody could tell whose it is. */
  const create = (): number => {
    const text = head + [...live.values()].join('');
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
    bytes = text.length;
    return openSync(file, 'a');
  };
  let fd: number;
  try {
    mkdirSync(runFolder(stateDir), { recursive: true });
    fd = create();
  } catch (error) {
    const full = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
    throw new MsvcError(
      full ? 'MSVC_DISK_FULL' : 'MSVC_STATE_UNWRITABLE',
      `${file} cannot be written: ${(error as Error).message}`,
      {
        facts: { file, reason: (error as NodeJS.ErrnoException).code ?? '' },
        cause: error,
      },
    );
  }
  let failed = false;
  let closed = false;
  const append = (line: string): void => {
    if (closed) return;
    try {
      writeSync(fd, line);
      bytes += line.length;
      if (bytes > COMPACT_BYTES && bytes > 100 * live.size * line.length) {
        const before = fd;
        fd = create();
        closeSync(before);
      }
    } catch (error) {
      if (!failed) onWriteFailed?.(error as Error);
      failed = true;
    }
  };
  return {
    launched({ pid, service }) {
      const write = (start: string): void => {
        const line = `launch\t${pid}\t${start}\t${service}\n`;
        live.set(pid, line);
        append(line);
      };
      if (hasProc) write(startTimeOf(pid) ?? '');
      // Asking `ps` takes a while; the guardian knows the group meanwhile.
      else void processTable.rowsOf([pid]).then(([row]) => write(row?.start ?? ''));
    },
    gone(pid) {
      live.delete(pid);
      append(`gone\t${pid}\n`);
    },
    async close() {
      if (closed) return;
      closed = true;
      closeSync(fd);
      await removeFile(file);
    },
  };
}

/** Every run that has a record here. Records that cannot be read are left out; half-written last lines are ignored. */
export function readRuns(stateDir: string): RunRecord[] {
  let names: string[];
  try {
    names = readdirSync(runFolder(stateDir));
  } catch {
    return [];
  }
  return names.filter((name) => name.endsWith(SUFFIX)).flatMap((name) => readRun(path.join(runFolder(stateDir), name)));
}

/** The run of this project whose engine lives, as far as this process can see it; null: none does. */
export function livingRun(stateDir: string): string | null {
  const space = pidSpace();
  const living = readRuns(stateDir).find(({ engine }) => engine.space === space && isProcess(engine.pid, engine.start));
  return living?.run ?? null;
}

function readRun(file: string): RunRecord[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
  const [kind, pid, start, space] = lines[0] ?? [];
  if (kind !== 'engine') return [];
  const launches = new Map<number, Launch>();
  for (const [what, of, began = '', service = ''] of lines) {
    if (what === 'launch') launches.set(Number(of), { pid: Number(of), start: began, service });
    if (what === 'gone') launches.delete(Number(of));
  }
  return [
    {
      run: path.basename(file, SUFFIX),
      file,
      engine: { pid: Number(pid), start: start ?? '', space: space ?? '' },
      launches: [...launches.values()],
    },
  ];
}
