/** `msvc logs`: what services wrote, from the files that keep it; with or without a running system. */
import path from 'node:path';
import { stateDirFor } from '../../control/locate.ts';
import { MsvcError } from '../../model/error.ts';
import { stripAnsi } from '../../runtime/logs/ansi.ts';
import { LEVELS, type Level, levelOfText } from '../../runtime/logs/level.ts';
import { type LogQuery, type LogSlot, logFiles, readLogs } from '../../runtime/logs/read.ts';
import { readLogText } from '../../runtime/logs/read-text.ts';
import { structuredLine } from '../../runtime/logs/structured.ts';
import type { PlainModule } from '../command.ts';
import { type Context, whereOf } from '../context.ts';
import { assertServices, type Connected, serviceNames, tryConnect } from '../engine/connect.ts';
import { explain } from '../examples.ts';
import { following } from '../flags/following.ts';
import { momentFlag } from '../flags/moment.ts';
import { tailFlag } from '../flags/number.ts';
import { type ReplicaRef, replicaRef } from '../flags/replica.ts';
import type { LogJson } from '../json-contract.ts';
import { type Labels, labelsOf, logPrefix } from '../report/lines.ts';
import { iso } from '../wording/time.ts';

interface Options {
  readonly follow?: boolean;
  readonly tail?: number | 'all';
  readonly since?: number;
  readonly until?: number;
  readonly grep?: string;
  readonly ignoreCase?: boolean;
  readonly level?: Level;
  readonly timestamps?: boolean;
  readonly json?: boolean;
  readonly logPrefix: boolean;
}

export const { define }: PlainModule = {
  define(command, bind) {
    command
      .argument('[services...]', 'only these; `orders.2` is one replica')
      .option('-f, --follow', 'go on with what is written from now, until the system stops')
      .option('-n, --tail <lines>', 'only the last lines, of all together; or `all`', tailFlag('--tail'))
      .option('--since <time>', 'only from then on: 5m (ago), 14:05, a date', momentFlag('--since'))
      .option('--until <time>', 'only until then', momentFlag('--until'))
      .option('--grep <pattern>', 'only lines that match this regular expression')
      .option('-i, --ignore-case', 'with --grep: upper and lower case are the same')
      .addOption(
        command
          .createOption('--level <level>', 'only lines from this level on, with their stack traces')
          .choices(LEVELS),
      )
      .option('-t, --timestamps', 'the time of each line')
      .option('--no-log-prefix', 'lines as they were written, without the name of the service')
      .option('--json', 'one object a line, for programs');
    explain(
      command,
      [
        { line: 'msvc logs -f', does: 'everything, and what comes' },
        { line: 'msvc logs -n 50 orders.2', does: 'the last 50 lines of one replica' },
        { line: 'msvc logs --level warn', does: 'warnings and errors, of JSON, logfmt and plain lines' },
        { line: 'msvc logs --since 5m --grep timeout api web', does: 'who timed out in the last five minutes' },
      ],
      ['Logs stay readable after `msvc down`, over as many runs as `logging.options` keeps.'],
    );
    bind(command, async (context, names: readonly string[], options: Options) => {
      const connected = options.follow ? await tryConnect(context) : null;
      const dir = path.join(connected?.record.stateDir ?? stateDirFor(whereOf(context)), 'logs');
      const known = await knownServices(dir, connected, names, context);
      const abort = new AbortController();
      if (connected) connected.client.ended.then(() => abort.abort());
      const { follow, over } = following(options);
      over?.addEventListener('abort', () => abort.abort());
      const query: LogQuery = {
        dir,
        services: selection(names, known),
        sinceMs: options.since,
        untilMs: options.until,
        last: options.tail === 'all' ? undefined : options.tail,
        grep: patternOf(options),
        level: options.level,
        follow: follow && connected !== null,
        signal: abort.signal,
      };
      if (options.json) await printJson(context, query);
      else await printText(context, query, options, labelsOf(await labelled(dir, known)));
      connected?.client.close();
      if (options.follow && !connected) context.err.line('the system does not run; these were its last lines');
      return 0;
    });
  },
};

/** Whoever has a log; and whoever the engine or, for a name that neither knows, the file has. */
async function knownServices(
  dir: string,
  connected: Connected | null,
  names: readonly string[],
  context: Context,
): Promise<string[]> {
  const logged = [...new Set((await logFiles(dir)).map((slot) => slot.service))];
  const running = connected ? serviceNames(await connected.client.request('view', {})) : [];
  const known = [...new Set([...running, ...logged])];
  if (names.every((name) => replicaRef(name, known))) return known;
  const { loadProjectFor } = await import('../project.ts');
  const project = await loadProjectFor(context).catch(() => null);
  return [...new Set([...known, ...Object.keys(project?.services ?? {})])];
}

function selection(names: readonly string[], known: readonly string[]): readonly ReplicaRef[] | undefined {
  if (names.length === 0) return undefined;
  return names.map((name) => {
    const ref = replicaRef(name, known);
    if (!ref) assertServices([name], known);
    return ref as ReplicaRef;
  });
}

async function labelled(dir: string, known: readonly string[]): Promise<{ name: string; replicas: number }[]> {
  const slots = await logFiles(dir);
  return known.map((name) => ({
    name,
    replicas: Math.max(1, ...slots.filter((slot) => slot.service === name).map((slot) => slot.replica)),
  }));
}

function patternOf({ grep, ignoreCase }: Options): RegExp | undefined {
  if (grep === undefined) return undefined;
  try {
    return new RegExp(grep, ignoreCase ? 'iu' : 'u');
  } catch (error) {
    throw new MsvcError('MSVC_USAGE', `--grep: ${(error as Error).message}`, {
      hint: 'put a backslash before characters that are meant as they are: \\[ \\( \\. \\*',
    });
  }
}

async function printText({ out }: Context, query: LogQuery, options: Options, labels: Labels): Promise<void> {
  const prefixes = new Map<string, string>();
  const label = ({ service, replica }: LogSlot): string => {
    if (!options.logPrefix) return '';
    const key = `${service}.${replica}`;
    let prefix = prefixes.get(key);
    if (prefix === undefined) {
      prefix = `${logPrefix(service, replica, labels, out.style)} `;
      prefixes.set(key, prefix);
    }
    return prefix;
  };
  const text = readLogText({ ...query, label, timestamps: options.timestamps === true, colour: out.style.enabled });
  for await (const chunk of text) await out.flood(chunk);
}

async function printJson({ out }: Context, query: LogQuery): Promise<void> {
  for await (const batch of readLogs(query)) {
    let text = '';
    for (const { time, service, replica, stream, line } of batch) {
      const plain = stripAnsi(line);
      const { level = null, message = null, fields = null } = dataOf(plain);
      const record: LogJson = { time: iso(time), service, replica, stream, line: plain, level, message, fields };
      text += `${JSON.stringify(record)}\n`;
    }
    await out.flood(text);
  }
}

/** What a line says of itself: of plain text its level, if any. */
function dataOf(line: string): Partial<Pick<LogJson, 'level' | 'message' | 'fields'>> {
  const structured = structuredLine(line);
  const level = structured ? structured.level : levelOfText(line);
  return {
    ...(level !== undefined && { level }),
    ...(structured && { message: structured.message, fields: Object.fromEntries(structured.fields) }),
  };
}
