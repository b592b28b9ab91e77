/**
 * Everything a person can do in the dashboard, as one table: the keys, the palette with its completion, the help view
 * and docs/dashboard.md are made from it. Data only; `update.ts` says what each does.
 */
export type ScreenName = 'overview' | 'service' | 'logs' | 'map';

/** Where a command is offered. */
export type Scope = 'any' | 'list' | ScreenName;

/** What a word after the command's name may be, for completion. */
export type Word = 'service' | 'replicas' | 'edge' | 'fault' | 'level' | 'pattern' | 'time' | 'check';

export interface CommandSpec {
  readonly name: string;
  /** Keys by the names of `terminal/input.ts`; the first one is the one that is shown. */
  readonly keys: readonly string[];
  readonly scope: Scope;
  readonly summary: string;
  /** Present: offered in the palette, with these words. Without words the selected service is meant. */
  readonly words?: readonly Word[];
}

export const COMMANDS = [
  { name: 'down', keys: ['j', 'down'], scope: 'any', summary: 'next line' },
  { name: 'up', keys: ['k', 'up'], scope: 'any', summary: 'line before' },
  { name: 'page-down', keys: ['ctrl-d', 'page-down', 'ctrl-f'], scope: 'any', summary: 'page down' },
  { name: 'page-up', keys: ['ctrl-u', 'page-up', 'ctrl-b'], scope: 'any', summary: 'page up' },
  { name: 'top', keys: ['g', 'home'], scope: 'any', summary: 'to the beginning' },
  { name: 'bottom', keys: ['G', 'end'], scope: 'any', summary: 'to the end; in logs: follow' },
  { name: 'open', keys: ['enter', 'right'], scope: 'list', summary: 'open the selected service' },
  { name: 'back', keys: ['escape', 'left', 'backspace'], scope: 'any', summary: 'back to the view before' },
  { name: 'next-view', keys: ['tab'], scope: 'any', summary: 'next view' },
  { name: 'overview', keys: ['1'], scope: 'any', summary: 'overview: every service and how it is', words: [] },
  {
    name: 'logs',
    keys: ['2', 'L'],
    scope: 'any',
    summary: 'logs of all, or `:logs a b` of some',
    words: Array<Word>(8).fill('service'),
  },
  { name: 'map', keys: ['3'], scope: 'any', summary: 'map: who calls whom, and how that goes', words: [] },
  { name: 'logs-of', keys: ['l'], scope: 'any', summary: 'logs of the selected service' },

  { name: 'start', keys: ['s'], scope: 'any', summary: 'start the service', words: ['service'] },
  { name: 'stop', keys: ['x'], scope: 'any', summary: 'stop the service', words: ['service'] },
  { name: 'restart', keys: ['r'], scope: 'any', summary: 'restart it, without a gap', words: ['service'] },
  {
    name: 'kill',
    keys: ['K'],
    scope: 'any',
    summary: 'kill it; in its view: the selected replica',
    words: ['service'],
  },
  { name: 'scale', keys: [], scope: 'any', summary: 'set the number of replicas', words: ['service', 'replicas'] },
  { name: 'more', keys: ['+', '='], scope: 'any', summary: 'one replica more' },
  { name: 'fewer', keys: ['-'], scope: 'any', summary: 'one replica fewer' },
  { name: 'browse', keys: ['b'], scope: 'any', summary: 'open it in the browser', words: ['service'] },
  { name: 'shell', keys: ['!'], scope: 'any', summary: 'a shell in its folder and environment', words: ['service'] },
  {
    name: 'attach',
    keys: ['a'],
    scope: 'any',
    summary: 'type into it; Ctrl-P Ctrl-Q leads back',
    words: ['service'],
  },
  { name: 'db', keys: ['D'], scope: 'any', summary: 'a shell on its database', words: ['service'] },
  {
    name: 'fault',
    keys: ['f'],
    scope: 'any',
    summary: 'a fault on an edge: late, failing, cut off',
    words: ['edge', 'fault', 'fault', 'fault', 'fault'],
  },
  { name: 'clear', keys: ['F'], scope: 'any', summary: 'clear the faults of an edge, or all of them', words: ['edge'] },
  { name: 'smoke', keys: ['S'], scope: 'any', summary: 'run its smoke checks', words: ['check'] },
  {
    name: 'mute',
    keys: ['m'],
    scope: 'any',
    summary: 'leave it out of the logs, or take it in',
    words: ['service'],
  },

  { name: 'search', keys: ['/'], scope: 'logs', summary: 'search; n and N go on', words: ['pattern'] },
  { name: 'search-down', keys: ['n'], scope: 'logs', summary: 'next match below' },
  { name: 'search-up', keys: ['N'], scope: 'logs', summary: 'next match above' },
  { name: 'filter', keys: ['f'], scope: 'logs', summary: 'only lines that match', words: ['pattern'] },
  {
    name: 'level',
    keys: ['v'],
    scope: 'logs',
    summary: 'only from a level on: debug, info, warn, error',
    words: ['level'],
  },
  { name: 'error-up', keys: ['E'], scope: 'logs', summary: 'to the error before' },
  { name: 'time', keys: ['T'], scope: 'logs', summary: 'jump to a time: 14:05, 5m', words: ['time'] },
  { name: 'wrap', keys: ['w'], scope: 'logs', summary: 'wrap long lines, or cut them', words: [] },
  { name: 'timestamps', keys: ['t'], scope: 'logs', summary: 'show times, or hide them', words: [] },
  { name: 'fields', keys: ['J'], scope: 'logs', summary: 'unfold the fields of JSON lines', words: [] },
  { name: 'select', keys: ['V', 'space'], scope: 'logs', summary: 'begin a selection, or end it' },
  {
    name: 'copy',
    keys: ['y'],
    scope: 'logs',
    summary: 'copy the selection, the entry, or what is seen',
  },
  { name: 'pager', keys: ['o'], scope: 'logs', summary: 'open these lines in $PAGER', words: [] },
  { name: 'editor', keys: ['e'], scope: 'logs', summary: 'open these lines in $EDITOR', words: [] },

  { name: 'mouse', keys: ['M'], scope: 'any', summary: 'the mouse: to the terminal, or back', words: [] },
  { name: 'palette', keys: [':'], scope: 'any', summary: 'type a command; Tab completes' },
  { name: 'help', keys: ['?'], scope: 'any', summary: 'show the keys', words: [] },
  { name: 'redraw', keys: ['ctrl-l'], scope: 'any', summary: 'draw everything anew' },
  { name: 'suspend', keys: ['ctrl-z'], scope: 'any', summary: 'back to the shell; `fg` comes back here' },
  { name: 'detach', keys: ['d'], scope: 'any', summary: 'leave; the system runs on', words: [] },
  {
    name: 'quit',
    keys: ['q'],
    scope: 'any',
    summary: 'leave; asks whether to stop the system',
    words: [],
  },
  { name: 'interrupt', keys: ['ctrl-c'], scope: 'any', summary: 'stop what this terminal started, and leave' },
] as const satisfies readonly CommandSpec[];

export type CommandName = (typeof COMMANDS)[number]['name'];

const ALL: readonly CommandSpec[] = COMMANDS;

/** The command of a key on a screen; one of the screen itself goes before one of every screen. */
export function commandOfKey(key: string, screen: ScreenName): CommandName | undefined {
  const pressed = key === ' ' ? 'space' : key;
  const fits = ALL.filter((command) => command.keys.includes(pressed));
  const found =
    fits.find((command) => command.scope === screen) ??
    fits.find((command) => command.scope === 'any' || (command.scope === 'list' && screen !== 'logs'));
  return found?.name as CommandName | undefined;
}

export function commandNamed(name: string): CommandSpec | undefined {
  return ALL.find((command) => command.name === name && command.words !== undefined);
}

export function paletteCommands(): readonly CommandSpec[] {
  return ALL.filter((command) => command.words !== undefined);
}

const KEY_WORDS: Readonly<Record<string, string>> = {
  down: '↓',
  up: '↑',
  left: '←',
  right: '→',
  enter: '⏎',
  escape: 'Esc',
  tab: 'Tab',
  space: 'Space',
  backspace: '⌫',
  home: 'Home',
  end: 'End',
  'page-up': 'PgUp',
  'page-down': 'PgDn',
};

/** As it stands on a keyboard: `Ctrl-D`, `↓`. */
export function keyLabel(key: string): string {
  if (key.startsWith('ctrl-')) return `Ctrl-${key.slice(5).toUpperCase()}`;
  return KEY_WORDS[key] ?? key;
}
