/** Every key, from the table of commands. Pure. */

import { textWidth } from '../../text-width.ts';
import { COMMANDS, type CommandSpec, keyLabel, type Scope } from '../model/commands.ts';
import { cutStyled, fitStyled } from '../text.ts';
import type { Look } from './look.ts';
import { heading } from './look.ts';

const ALL: readonly CommandSpec[] = COMMANDS;
const ACTIONS: ReadonlySet<string> = new Set([
  'start',
  'stop',
  'restart',
  'kill',
  'scale',
  'more',
  'fewer',
  'browse',
  'shell',
  'attach',
  'db',
  'fault',
  'clear',
  'smoke',
  'mute',
]);
const LEAVING: ReadonlySet<string> = new Set([
  'mouse',
  'palette',
  'help',
  'redraw',
  'suspend',
  'detach',
  'quit',
  'interrupt',
]);

export interface KeyGroup {
  readonly title: string;
  readonly keys: readonly { readonly keys: readonly string[]; readonly does: string }[];
}

export function keyGroups(): readonly KeyGroup[] {
  const group = (title: string, fits: (command: CommandSpec) => boolean): KeyGroup => ({
    title,
    keys: ALL.filter(fits).map((command) => ({
      keys: command.keys.length > 0 ? command.keys.map(keyLabel) : [`:${command.name}`],
      does: command.summary,
    })),
  });
  const isScope = (command: CommandSpec, ...scopes: Scope[]): boolean => scopes.includes(command.scope);
  return [
    group('MOVE', (c) => isScope(c, 'any', 'list') && !ACTIONS.has(c.name) && !LEAVING.has(c.name)),
    group('THE SELECTED SERVICE', (c) => ACTIONS.has(c.name)),
    group('LOGS', (c) => isScope(c, 'logs')),
    group('THE DASHBOARD', (c) => LEAVING.has(c.name)),
  ];
}

const TWO_COLUMNS = 110;
const LEAST_KEYS_WIDTH = 8;

export function helpRows({ style }: Look, width: number): string[] {
  const groups = keyGroups();
  const column = (list: readonly KeyGroup[], columns: number): string[] =>
    list.flatMap(({ title, keys }) => {
      const room = Math.max(LEAST_KEYS_WIDTH, ...keys.map(({ keys: names }) => textWidth(names.join(' '))));
      const rows = keys.map(({ keys: names, does }) =>
        cutStyled(`   ${fitStyled(style.bold(names.join(' ')), room)} ${does}`, columns),
      );
      return [` ${heading(title, style)}`, ...rows, ''];
    });
  if (width < TWO_COLUMNS) return column(groups, width);
  const left = Math.floor(width / 2);
  const one = column(groups.slice(0, 2), left);
  const two = column(groups.slice(2), width - left);
  return Array.from(
    { length: Math.max(one.length, two.length) },
    (_, i) => fitStyled(one[i] ?? '', left) + (two[i] ?? ''),
  );
}
