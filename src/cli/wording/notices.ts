/** What is said about `engine.noticed`: things worth knowing that change no state. Pure. */
import type { Facts } from '../../model/error.ts';
import type { NoticeCode } from '../../model/event.ts';
import { shortCommand } from './commands.ts';
import { count, list } from './lists.ts';

type Words = (facts: Facts) => string;

const at = (facts: Facts, key: string, otherwise = ''): string => {
  const value = facts[key];
  return value === undefined || value === null ? otherwise : Array.isArray(value) ? list(value) : String(value);
};

const because = (facts: Facts, key: string): string => {
  const value = at(facts, key);
  return value === '' ? '' : `: ${value}`;
};

const shortProcess = (process: string): string => {
  const [pid = '', ...command] = process.split(' ');
  return `process ${pid} (${shortCommand(command.join(' '))})`;
};

const raise = (setting: string): string => (setting === '' ? '' : `; raise it: sysctl ${setting}=<more>`);

const NOTICES: Readonly<Record<NoticeCode, Words>> = {
  'stale-socket-cleaned': (facts) => {
    const pid = at(facts, 'pid');
    return `cleaned up a stale socket of an engine that is gone${pid === '' ? '' : ` (pid ${pid})`}`;
  },
  'leftovers-swept': (facts) => {
    const pids = facts.pids;
    if (!Array.isArray(pids)) return 'ended processes that an earlier run had left behind';
    return `ended ${count(pids.length, 'process', 'processes')} that an earlier run had left behind: ${list(pids)}`;
  },
  'gateway-port-moved': (facts) => {
    const pid = at(facts, 'pid');
    const command = shortCommand(at(facts, 'command'));
    const owner = pid === '' ? 'something else' : `process ${pid}${command === '' ? '' : ` (${command})`}`;
    return `the gateway is on port ${at(facts, 'port')}, because ${owner} has ${at(facts, 'preferred', '8080')}`;
  },
  'listens-elsewhere': (facts) => {
    const listens = facts.listens;
    const first = Array.isArray(listens) ? String(listens[0]) : at(facts, 'listens');
    const where = `listens on ${at(facts, 'listens')}, not on `;
    if (facts.fixed === true) return `${where}port ${at(facts, 'port')} as the file says: write \`port: ${first}\``;
    return `${where}its PORT ${at(facts, 'port')}: write \`port: ${first}\` or read $PORT`;
  },
  'guardian-replaced': () => 'the guardian that cleans up after a killed engine had died, and was replaced',
  'left-group': (facts) =>
    `ended what had left its process group: ${list((facts.processes as readonly string[]).map(shortProcess))}`,
  'log-write-failed': (facts) =>
    `output cannot be written to ${at(facts, 'path', 'the log')} and is lost${because(facts, 'message')}`,
  'state-write-failed': (facts) =>
    `the state in ${at(facts, 'path', '.msvc')} cannot be written${because(facts, 'message')}`,
  'watch-failed': (facts) =>
    `${at(facts, 'path', 'a watched path')} is not watched for changes${because(facts, 'message')}${raise(at(facts, 'setting'))}`,
  'sync-failed': (facts) =>
    `${list(facts.files as readonly string[])} could not be copied into its containers${because(facts, 'message')}`,
  'dependency-ignored': (facts) =>
    `goes on without ${at(facts, 'dependency', 'a dependency')}, which is not required${because(facts, 'message')}`,
  'containers-swept': (facts) => {
    const names = facts.names;
    if (!Array.isArray(names)) return 'removed containers that an earlier run had left behind';
    return `removed ${count(names.length, 'container')} that an earlier run had left behind: ${list(names)}`;
  },
  'containers-left': (facts) =>
    `the container engine is away: what runs in it is removed by the next \`msvc up\` or \`msvc down\`${because(facts, 'message')}`,
  'containers-stuck': (facts) =>
    `the container engine does not remove ${list(facts.names as readonly string[])}${because(facts, 'message')}; the next \`msvc down\` asks it again${miscounted(facts)}`,
  'folder-created': (facts) => `made the folder ${at(facts, 'path')}, which a volume needs and was not there`,
  'config-rejected': (facts) =>
    `msvc.yaml was changed, but is wrong; the system stays as it is${because(facts, 'message')}`,
};

/** Engines lose count of a network’s containers when many come and go at once: https://github.com/moby/moby/issues/42119 */
function miscounted(facts: Facts): string {
  const message = at(facts, 'message');
  return /active endpoints/.test(message)
    ? ' (where `docker network inspect` shows nobody on it, the engine has miscounted: restarting it mends that)'
    : '';
}

export function noticeText(code: NoticeCode, facts: Facts): string {
  return NOTICES[code]?.(facts) ?? code;
}
