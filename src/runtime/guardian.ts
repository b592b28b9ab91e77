/**
 * The engine's last will: a small shell in a session of its own, told each process group that lives. It waits on a
 * pipe from the engine; when the pipe ends without a farewell the engine has died, and the guardian ends the groups
 * in order and then, on Linux, whatever bears the run's mark. It needs no memory of ours, no Node, no /proc to wait.
 *
 * Owns the list of living groups (so that a guardian that was killed can be replaced and told again).
 */
import { type Child, ended, startChild } from './children/child.ts';
import { RUN_MARK } from './marks.ts';

export interface Guardian {
  /** Starts it, if it has not been started. Otherwise the first `add` would, while a service waits for that. */
  begin(): void;
  add(pgid: number): void;
  /** The group is empty: its number may soon be somebody else's. */
  remove(pgid: number): void;
  /** Dismisses it: nothing is ended. Resolves when it has gone. */
  close(): Promise<void>;
  /** Of the present guardian; undefined while there is none. */
  readonly pid: number | undefined;
}

export interface GuardianOptions {
  /** The run's id, as in MSVC_RUN. */
  readonly run: string;
  /** Between TERM and KILL. Default 2000. */
  readonly graceMs?: number;
  /** Called when it died and has been replaced. */
  readonly onLost?: () => void;
}

/** A guardian that dies at once is replaced in growing pauses. */
const REPLACE_PAUSES_MS = [0, 0, 100, 1000, 10_000];
const STEADY_MS = 60_000;

/**
 * $1 the run's mark, $2 how often to look within the grace (each 50 ms). Protocol: `+ <pgid>`, `- <pgid>`, `q`.
 * Targets are what `kill` takes: `-<pgid>` for a group, `<pid>` for one that bears the mark outside these groups.
 * Those that are seen to be gone are dropped at once and never signalled again.
 */
const SCRIPT = `
trap '' TERM INT HUP QUIT USR1 USR2 TSTP PIPE
groups=' '
while IFS=' ' read -r what number; do
  case $what in
    +) groups="$groups$number " ;;
    -) case $groups in *" $number "*) groups="\${groups%% $number *} \${groups#* $number }" ;; esac ;;
    q) exit 0 ;;
  esac
done
strays() {
  [ -r /proc/self/environ ] || return 0
  for file in $(grep -lsF "$1" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}; pid=\${pid%/environ}
    read -r stat 2>/dev/null < "/proc/$pid/stat" || continue
    set -- "$1" \${stat##*) }
    [ "$2" = Z ] && continue
    case $groups in *" $4 "*) ;; *) printf '%s ' "$pid" ;; esac
  done
}
send() { for target in $targets; do kill -s "$1" -- "$target" 2>/dev/null; done; }
left() {
  alive=
  for target in $targets; do kill -s 0 -- "$target" 2>/dev/null && alive="$alive $target"; done
  targets=$alive
  [ -n "$targets" ]
}
targets=
for group in $groups; do targets="$targets -$group"; done
send TERM
found=$(strays "$1")
for stray in $found; do kill -s TERM -- "$stray" 2>/dev/null; targets="$targets $stray"; done
looks=0
while left && [ "$looks" -lt "$2" ]; do
  sleep 0.05 2>/dev/null || sleep 1
  looks=$((looks + 1))
done
send KILL
groups=' '
looks=0
while found=$(strays "$1"); [ -n "$found" ] && [ "$looks" -lt 20 ]; do
  for stray in $found; do kill -s KILL -- "$stray" 2>/dev/null; done
  sleep 0.05 2>/dev/null || sleep 1
  looks=$((looks + 1))
done
`;

/** @returns one that has not begun: a system that launches no process has none. */
export function createGuardian({ run, graceMs = 2000, onLost }: GuardianOptions): Guardian {
  const groups = new Set<number>();
  let child: Child | null = null;
  let begun = false;
  let closing = false;
  let losses = 0;
  let timer: NodeJS.Timeout | null = null;

  const say = (text: string): void => child?.write(0, text);

  const employ = (): void => {
    timer = null;
    const began = performance.now();
    const started = startChild({
      file: '/bin/sh',
      argv: ['sh', '-c', SCRIPT, 'msvc-guardian', `${RUN_MARK}=${run}`, String(Math.ceil(graceMs / 50))],
      cwd: '/',
      // Without the mark, or it would end itself.
      environment: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child = started;
    const input = started.end(0);
    input?.on('error', () => {});
    // A closed engine must not be kept alive by its guardian.
    input?.unref();
    if (groups.size > 0) say([...groups].map((pgid) => `+ ${pgid}\n`).join(''));
    let over = false;
    const lost = (): void => {
      if (over) return;
      over = true;
      child = null;
      if (closing) return;
      losses = performance.now() - began > STEADY_MS ? 0 : losses + 1;
      const pauseMs = REPLACE_PAUSES_MS[Math.min(losses, REPLACE_PAUSES_MS.length - 1)]!;
      if (pauseMs === 0) employ();
      else timer = setTimeout(employ, pauseMs);
      onLost?.();
    };
    started.launched.catch(lost);
    void started.exited.then(lost);
  };

  const begin = (): void => {
    if (begun || closing) return;
    begun = true;
    employ();
  };

  return {
    get pid() {
      return child?.pid;
    },
    begin,
    add(pgid) {
      begin();
      groups.add(pgid);
      say(`+ ${pgid}\n`);
    },
    remove(pgid) {
      if (groups.delete(pgid)) say(`- ${pgid}\n`);
    },
    async close() {
      closing = true;
      if (timer) clearTimeout(timer);
      const last = child;
      if (!last) return;
      last.write(0, 'q\n');
      await ended(last);
    },
  };
}
