/**
 * What is said about each error: the sentence for one occurrence, made from its facts (the error's own message where
 * none is given), a hint where the error brings none, and the paragraph of the reference page. Pure.
 */
import type { ErrorCode, Facts } from '../../model/error.ts';
import { shortCommand } from './commands.ts';
import { count, list } from './lists.ts';
import { sqlHint } from './reasons.ts';
import { duration } from './time.ts';

export interface ErrorWording {
  readonly sentence?: (facts: Facts) => string | undefined;
  readonly hint?: (facts: Facts) => string | undefined;
  /** What it means and what to do, for docs/reference/errors.md. */
  readonly about: string;
}

const text = (facts: Facts, key: string): string | undefined => {
  const value = facts[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
};
const texts = (facts: Facts, key: string): readonly string[] => {
  const value = facts[key];
  return Array.isArray(value) ? value : [];
};

/** Flags by what the engine calls the number. */
const FAULT_FIELDS: Readonly<Record<string, string>> = {
  delayMs: '--delay',
  jitterMs: '--jitter',
  delayPercent: '--delay-share',
  bytesPerSecond: '--bandwidth',
  errorPercent: '--error',
  resetPercent: '--reset',
  abortPercent: '--abort',
  status: '--status',
  seed: '--seed',
  forMs: '--for',
};

const OWN_PORTS: Readonly<Record<string, string>> = { gateway: 'the gateway', registry: 'the registry' };

export const ERROR_WORDING: Readonly<Record<ErrorCode, ErrorWording>> = {
  MSVC_NO_CHECKS: {
    about: '`msvc smoke` makes the checks that stand under `smoke` in msvc.yaml, and there are none.',
    sentence: () => 'the file has no smoke checks',
    hint: () => 'write them under `smoke`, such as `smoke: [{ name: it answers, request: / }]`',
  },
  MSVC_SPEC_INVALID: {
    about:
      'The definition says something that cannot be. Every mistake is shown at once, each with its file, line and column. Nothing is started, and a running system stays as it is.',
  },
  MSVC_SPEC_NOT_FOUND: {
    sentence: (facts) => {
      const file = text(facts, 'file');
      return file === undefined ? 'there is no msvc.yaml here, nor in a folder above' : `${file} does not exist`;
    },
    hint: (facts) =>
      text(facts, 'file') === undefined
        ? 'begin one here: `msvc init`; or go to the project, or name its file: `msvc -f path/to/msvc.yaml ...`'
        : 'check the path after -f (or in MSVC_FILE)',
    about: 'msvc looks for `msvc.yaml` (or `msvc.yml`) in the current folder and above it, as git does.',
  },
  MSVC_USAGE: {
    about: 'A command, flag or argument is not what msvc takes. `msvc help COMMAND` shows what it takes.',
  },
  MSVC_FAULT_INVALID: {
    sentence: (facts) => {
      const field = text(facts, 'field');
      if (field === 'none') return 'the fault would do nothing';
      if (field === 'shares') return '--error, --reset and --abort together are more than 100%';
      const name = FAULT_FIELDS[field ?? ''];
      if (field === undefined || name === undefined) return undefined;
      if (field === 'bytesPerSecond') return `${name} is at most 1 GiB/s`;
      return field.endsWith('Ms')
        ? `${name} is at most ${duration(Number(facts.most))}`
        : `${name} is a number from ${text(facts, 'least')} to ${text(facts, 'most')}`;
    },
    hint: (facts) => (facts.field === 'none' ? 'give it --delay, --bandwidth, --error, --reset or --abort' : undefined),
    about: 'A fault was asked for with numbers that cannot be, or with none at all. No fault is added.',
  },
  MSVC_UNKNOWN_EDGE: {
    sentence: (facts) => `no request goes ${text(facts, 'edge') ?? 'that way'}`,
    hint: (facts) => {
      const known = texts(facts, 'known');
      return known.length > 0 ? `there ${known.length === 1 ? 'is' : 'are'} ${list(known, 8)}` : undefined;
    },
    about:
      'An edge was named that the definition does not have. Edges are declared with `calls`; `client` stands for what comes in at the gateway.',
  },
  MSVC_UNKNOWN_FAULT: {
    sentence: (facts) => `no fault ${text(facts, 'fault') ?? ''} is in force`,
    hint: (facts) => {
      const known = texts(facts, 'known');
      return known.length > 0 ? `there ${known.length === 1 ? 'is' : 'are'} ${list(known)}` : undefined;
    },
    about: 'It was never added, was cleared, or has ended by itself. `msvc fault ls` lists what is in force.',
  },
  MSVC_EXISTS: {
    hint: () => 'msvc overwrites nothing: take another name, or remove it first',
    about: 'A command would make a file, a folder or a service of a name that is taken. It leaves everything as it is.',
  },
  MSVC_EDIT_IMPOSSIBLE: {
    hint: (facts) => {
      const [service, entry] = [text(facts, 'service'), text(facts, 'entry')];
      if (service === undefined || entry === undefined) return undefined;
      return `write it below \`services\` yourself:\n\n${service}:\n${entry.replace(/^(?=.)/gm, '  ')}`;
    },
    about:
      'msvc adds lines to `msvc.yaml` and leaves every other byte of it alone. Where `services` is an alias, or the file has another form in which new lines have no place, it changes nothing and prints the lines instead.',
  },
  MSVC_NO_OPENAPI: {
    about:
      '`msvc openapi` looks for openapi.json or openapi.yaml in the folder of a service, and asks the running service for one where there is none.',
  },
  MSVC_IMPORT_UNKNOWN: {
    hint: (facts) => {
      const known = texts(facts, 'known');
      return known.length > 0 ? `it can import ${list(known)}` : undefined;
    },
    about:
      '`msvc import` reads Compose files, Procfiles, process-compose.yaml, mprocs.yaml and a package.json with workspaces. A YAML file is told by its top: `services`, `processes` or `procs`.',
  },
  MSVC_TEMPLATE_NOT_FOUND: {
    about: '`--template` takes a name from `msvc new --list`, or the path of a folder, such as `./templates/ours`.',
  },
  MSVC_TEMPLATE_INVALID: {
    about:
      'The folder that `--template` names is no template, or makes something that msvc does not take. `msvc template check PATH` tells everything that is wrong with it.',
  },
  MSVC_UNKNOWN_SERVICE: {
    sentence: (facts) => {
      const service = text(facts, 'service');
      return service === undefined ? undefined : `there is no service "${service}"`;
    },
    hint: (facts) => {
      const suggestion = text(facts, 'suggestion');
      if (suggestion !== undefined) return `did you mean "${suggestion}"?`;
      const known = texts(facts, 'known');
      return known.length > 0 ? `there ${known.length === 1 ? 'is' : 'are'} ${list(known, 12)}` : undefined;
    },
    about: 'A service was named that the definition does not have. Replicas are named `service.2`.',
  },
  MSVC_INTERPRETER_MISSING: {
    about:
      'The program that the command begins with is not in the PATH that the service gets. The rest of the system can still be started by name: `msvc up SERVICE...`.',
  },
  MSVC_WORKING_DIR_MISSING: {
    about: '`working_dir` names a folder that is not there. Paths are relative to the file.',
  },
  MSVC_PORT_TAKEN: {
    sentence: (facts) => {
      const port = text(facts, 'port');
      if (port === undefined) return undefined;
      const service = text(facts, 'service') ?? 'gateway';
      const pid = text(facts, 'pid');
      const command = text(facts, 'command');
      const what = command === undefined ? '' : ` (${shortCommand(command)})`;
      const owner = pid === undefined ? 'another process' : `process ${pid}${what}`;
      const project = text(facts, 'project');
      // The folder of its state is known: `.msvc` of the project, or a folder in it for one of another name.
      const of = project === undefined ? '' : `, of the project in ${project.replace(/\/\.msvc(\/.*)?$/, '')}`;
      return `port ${port}, which ${OWN_PORTS[service] ?? service} needs, is held by ${owner}${of}`;
    },
    hint: (facts) =>
      text(facts, 'service') === 'registry'
        ? 'stop that process, or give `registry.http.port` another number'
        : text(facts, 'service') === 'gateway'
          ? 'stop that process, or give the gateway another port: `msvc up --port 8081` (or `--port auto`)'
          : 'stop that process, or let msvc choose: `port: auto` and read $PORT',
    about:
      'A port that was written as a number is in use. msvc says by which process where the system lets it see that. `port: auto` never meets this.',
  },
  MSVC_NO_FREE_PORT: { about: 'All ports of the range that msvc gives out are in use on this machine.' },
  MSVC_STATE_UNWRITABLE: {
    hint: () => 'check who owns the .msvc folder and whether its disk is mounted read-only',
    about: 'msvc keeps logs, databases and its own state in `.msvc` beside the file, and cannot write there.',
  },
  MSVC_DISK_FULL: {
    sentence: (facts) => {
      const where = text(facts, 'path') ?? text(facts, 'file');
      return where === undefined ? undefined : `no space is left on the disk of ${where}`;
    },
    hint: () => 'free some space and run the command again',
    about: 'A write failed because the disk is full.',
  },
  MSVC_WATCH_LIMIT: {
    sentence: (facts) => `${text(facts, 'path') ?? 'a file'} cannot be watched: the system allows no more watches`,
    hint: (facts) =>
      `raise its limit: \`sudo sysctl ${text(facts, 'setting') ?? 'fs.inotify.max_user_watches'}=<more>\`; \`msvc doctor\` says how many`,
    about: 'Linux limits how many files and folders a user may watch, for all programs together (inotify).',
  },
  MSVC_RUNTIME_DIR_UNSAFE: {
    about:
      'Control sockets lie in a folder that only you may enter ($XDG_RUNTIME_DIR, or one below the temporary folder). It exists but is not yours, or others may write to it.',
  },
  MSVC_FOLDER_IN_USE: {
    sentence: (facts) => {
      const project = text(facts, 'project');
      const other = text(facts, 'running');
      return project === undefined || other === undefined
        ? undefined
        : `${project} cannot start: the system of this folder runs as ${other}`;
    },
    hint: () => 'end it with `msvc down`; beside it, a system under another name starts with `msvc -p <name> up`',
    about:
      'The name in the definition was changed while its system ran. Both would write to the same databases, logs and ports.',
  },
  MSVC_ENGINE_START_FAILED: {
    about: 'The background process of the project ended before it answered. What it said last is shown.',
  },
  MSVC_ENGINE_VERSION: {
    sentence: (facts) => {
      const engine = text(facts, 'engineVersion');
      const command = text(facts, 'commandVersion');
      return engine === undefined || command === undefined
        ? undefined
        : `the system runs under msvc ${engine}, and this is msvc ${command}`;
    },
    hint: (facts) => {
      const pid = text(facts, 'pid');
      const how = pid === undefined ? '' : `, or end it with \`kill ${pid}\` (it stops its services in order)`;
      return `stop it with the version that started it (\`msvc down\` there)${how}; then run this again`;
    },
    about:
      'The engine that runs the project was started by another version of msvc, and the two do not understand each other. Stop the system with the version that started it, or send the engine SIGTERM, which stops it in order; then start it again.',
  },
  MSVC_ENGINE_LOST: {
    sentence: () => 'the engine went away in the middle of this command',
    hint: () => 'the next `msvc up` cleans up and starts the system again; `msvc logs` still shows what services wrote',
    about:
      'The engine was killed, or crashed. Its guardian ends the services that it left; the next command sweeps what is still there.',
  },
  MSVC_NOT_RUNNING: {
    sentence: (facts) => {
      const project = text(facts, 'project');
      return project === undefined || project === ''
        ? 'this project is not running'
        : `project "${project}" is not running`;
    },
    hint: () => '`msvc up` starts it; `msvc ls` lists what runs',
    about: 'The command needs a running system, and there is none for this folder (or of this name).',
  },
  MSVC_NO_DATABASE: {
    sentence: (facts) => {
      const service = text(facts, 'service');
      return service === undefined ? undefined : `${service} has no database`;
    },
    hint: () => 'give it one with `database: true`, or with `database: { migrations: FOLDER }`',
    about: 'A `msvc db` command names a service without `database` in the definition.',
  },
  MSVC_DATABASE_BUSY: {
    hint: () => 'stop the service first, or try again in a moment',
    about: "Another process holds a lock on the service's SQLite file for longer than msvc waits.",
  },
  MSVC_DATABASE_INVALID: {
    hint: () => 'where the data may go, `msvc db reset SERVICE` deletes the file and the next start makes a new one',
    about: "What stands at the path of a service's database is no SQLite file, or its contents are damaged.",
  },
  MSVC_SQLITE_UNAVAILABLE: {
    hint: () =>
      'run `npm rebuild better-sqlite3` with the Node that runs msvc; where npm does not run install scripts unasked, `npm approve-scripts better-sqlite3` before',
    about:
      'The native module better-sqlite3 is missing or was built for another version of Node. It is needed only by services with a `database`.',
  },
  MSVC_DATABASE_QUERY: { about: 'SQLite refused the statement; its own words are shown.' },
  MSVC_MIGRATION_FAILED: {
    hint: sqlHint,
    about:
      'A statement of a migration failed. The file as a whole was rolled back, the service was not started, and the statement and its line are shown.',
  },
  MSVC_MIGRATION_CHANGED: {
    about:
      'A migration that was already applied no longer reads as it did. Put it back and write a new one, or, where the data may go, `msvc db reset SERVICE`.',
  },
  MSVC_MIGRATION_ORDER: {
    about:
      'Migrations run in the order of the numbers that their names begin with. A name has none, two have the same, or a new file has a number below one that was already applied: then what it finds would depend on who runs it when.',
  },
  MSVC_SEED_FAILED: { hint: sqlHint, about: 'A statement of the seed file failed; nothing of it was kept.' },
  MSVC_HOOK_FAILED: {
    about:
      'A `pre_start` command failed, so the service was not started; of one with `per_replica`, that replica. Its output is in the log of the service.',
  },
  MSVC_CONTAINERS_UNAVAILABLE: {
    about:
      'A service runs as a container, and no engine (Docker or one that speaks its API) answers at the socket that DOCKER_HOST, the Docker context or the usual place names. `msvc doctor` says where was looked. The services without containers can still be started by name.',
  },
  MSVC_CONTAINERS_REMOTE: {
    about:
      'The engine is reached by TCP or SSH. A container there could reach neither the gateway of this machine nor its files, so msvc uses engines of this machine only.',
  },
  MSVC_IMAGE_FAILED: {
    about:
      'The image of a service is not on this machine and could not be pulled: it does not exist, may not be had, is for another platform, or the registry cannot be reached. Credentials are those of `docker login`.',
  },
  MSVC_BUILD_FAILED: {
    about: 'The build of an image failed. What it said is in the log of the service.',
  },
  MSVC_NETWORK_FAILED: {
    about:
      'Containers of a project are on a private network, which msvc makes in a range of addresses that no other network and no route of this machine uses. The engine refused it.',
  },
  MSVC_VOLUME_MISSING: {
    about: 'A volume with `external: true` is made by somebody else, and is not there.',
  },
  MSVC_LAUNCH_FAILED: { about: 'The operating system refused to start the program.' },
  MSVC_SERVICE_FAILED: {
    sentence: (facts) => {
      const services = texts(facts, 'services');
      return services.length === 0 ? undefined : `${list(services)} failed`;
    },
    about:
      'A service ended with an error, does not become ready, or keeps crashing. Its last lines of output are shown.',
  },
  MSVC_DEPENDENCY_FAILED: {
    sentence: (facts) => {
      const service = text(facts, 'service');
      const dependency = text(facts, 'dependency');
      return service === undefined || dependency === undefined
        ? undefined
        : `${service} was not started, because ${dependency}, which it waits for, failed`;
    },
    about: 'A service under `depends_on` failed, and it is `required`.',
  },
  MSVC_WAIT_TIMEOUT: {
    sentence: (facts) => {
      const services = texts(facts, 'services');
      const ms = facts.timeoutMs;
      if (services.length === 0 || typeof ms !== 'number') return undefined;
      return `after ${duration(ms)}, ${count(services.length, 'service')} did not get there: ${list(services)}`;
    },
    about: 'What was waited for did not happen in the time given. What each service still waits for is shown.',
  },
  MSVC_STOPPING: {
    sentence: ({ meanwhile, service = 'the system' }) =>
      meanwhile ? `${service} was stopped in the middle of this command` : 'the system is being stopped',
    hint: ({ meanwhile, service }) => {
      if (!meanwhile) return 'wait until it has stopped, then run `msvc up`';
      const again = service === undefined ? 'msvc up' : `msvc start ${service}`;
      return `\`msvc events\` tells by whom; \`${again}\` starts it again`;
    },
    about: 'A command came while the system was stopping, or what the command waited for was stopped meanwhile.',
  },
  MSVC_BUG: {
    hint: () => 'please report this with the text above and `msvc version`',
    about: 'Something happened that msvc did not expect. Please report it.',
  },
};
