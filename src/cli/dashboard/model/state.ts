/**
 * All that the dashboard knows, as one value: what it shows is a function of this (and of the log store, which is too
 * large to be copied). Types and the beginning; `update.ts` is the one writer.
 */
import type { EnvironmentEntry } from '../../../control/protocol.ts';
import type { Sample } from '../../../control/samples.ts';
import type { MsvcEvent } from '../../../model/event.ts';
import type { FaultTarget } from '../../../model/fault.ts';
import type { Project } from '../../../model/project.ts';
import type { View } from '../../../model/view.ts';
import type { Tone } from '../../wording/saying.ts';
import type { Input } from '../terminal/input.ts';
import type { Action } from './actions.ts';
import type { ScreenName } from './commands.ts';
import type { TypedFault } from './fault-words.ts';
import type { Happening } from './happenings.ts';
import { type Metrics, NO_METRICS } from './metrics.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A line being typed. */
export interface Typing {
  readonly kind: 'palette' | 'search' | 'filter' | 'time';
  readonly text: string;
  /** In the list of what would complete it. */
  readonly choice: number;
}

export type Mode =
  | { readonly kind: 'normal' }
  | { readonly kind: 'typing'; readonly typing: Typing }
  | { readonly kind: 'help'; readonly scroll: number }
  /** Stop what this terminal started, or leave it? */
  | { readonly kind: 'quitting' };

export interface Notice {
  readonly text: string;
  readonly tone: Tone;
  readonly at: number;
}

/** Asked for when a service is opened. */
export interface Details {
  readonly service: string;
  readonly environment: readonly EnvironmentEntry[];
  readonly workingDir: string;
}

export interface LogOptions {
  readonly timestamps: boolean;
  readonly wrap: boolean;
  readonly unfolded: boolean;
  /** Only of these; none = of all. */
  readonly services: readonly string[];
  readonly muted: readonly string[];
  readonly level: 'debug' | 'info' | 'warn' | 'error' | null;
  readonly filter: string;
  readonly search: string;
}

export interface State {
  readonly view: View;
  readonly project: Project | null;
  readonly events: readonly MsvcEvent[];
  readonly metrics: Metrics;
  readonly happenings: readonly Happening[];
  readonly actions: readonly Action[];
  readonly notice: Notice | null;
  readonly size: Size;
  /** Wall-clock ms of the last message; what "ago" and "up for" count from. */
  readonly now: number;
  readonly screen: ScreenName;
  readonly trail: readonly ScreenName[];
  readonly selected: string | null;
  /** Index of the selected replica in the service view. */
  readonly replica: number;
  readonly scroll: number;
  readonly mode: Mode;
  readonly details: Details | null;
  readonly logs: LogOptions;
  readonly mouse: boolean;
  /** This terminal holds a lease: leaving it may stop the system. */
  readonly isOwner: boolean;
  /** The engine's connection has ended. */
  readonly isLost: boolean;
}

export type Message =
  | { readonly type: 'input'; readonly input: Input }
  | { readonly type: 'pressed'; readonly target: Target }
  | { readonly type: 'event'; readonly event: MsvcEvent; readonly view: View }
  | { readonly type: 'sample'; readonly sample: Sample }
  | { readonly type: 'resize'; readonly size: Size }
  | { readonly type: 'tick' }
  | { readonly type: 'details'; readonly details: Details }
  /** The request behind an action has been answered. */
  | {
      readonly type: 'acted';
      readonly id: number;
      readonly error: string | null;
      /** Of the engine's view when it had answered. */
      readonly seq: number;
      readonly pids?: number;
    }
  | { readonly type: 'said'; readonly text: string; readonly tone: Tone }
  | { readonly type: 'lost' };

/** What was pressed with the mouse. */
export type Target =
  | { readonly kind: 'screen'; readonly screen: ScreenName }
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'replica'; readonly index: number }
  /** Of the logs: 0 is the topmost row. */
  | { readonly kind: 'line'; readonly row: number };

/** What is to be done outside; performed by `effects.ts`. */
export type Effect =
  | { readonly do: 'request'; readonly action: Action }
  | { readonly do: 'details'; readonly service: string }
  | { readonly do: 'leave'; readonly how: 'detach' | 'stop' }
  | { readonly do: 'log'; readonly command: LogCommand }
  | { readonly do: 'log-options' }
  | { readonly do: 'copy' | 'pager' | 'editor' | 'redraw' | 'suspend' }
  | { readonly do: 'mouse'; readonly on: boolean }
  | { readonly do: 'fault'; readonly fault: TypedFault }
  | { readonly do: 'clear-faults'; readonly edge: FaultTarget | null }
  | { readonly do: 'smoke'; readonly only: readonly string[] }
  | { readonly do: 'browse'; readonly url: string }
  | { readonly do: 'shell' | 'db' | 'attach'; readonly service: string; readonly replica: number };

export type LogCommand =
  | { readonly name: 'move' | 'page'; readonly by: number }
  | { readonly name: 'top' | 'follow' | 'select' | 'search-up' | 'search-down' | 'search-first' | 'error-up' }
  | { readonly name: 'time'; readonly at: number }
  | { readonly name: 'click'; readonly row: number };

export function initialState(given: {
  readonly view: View;
  readonly project: Project | null;
  readonly size: Size;
  readonly now: number;
  readonly isOwner: boolean;
}): State {
  return {
    ...given,
    events: [],
    metrics: NO_METRICS,
    happenings: [],
    actions: [],
    notice: null,
    screen: 'overview',
    trail: [],
    selected: null,
    replica: 0,
    scroll: 0,
    mode: { kind: 'normal' },
    details: null,
    logs: {
      timestamps: false,
      wrap: true,
      unfolded: false,
      services: [],
      muted: [],
      level: null,
      filter: '',
      search: '',
    },
    mouse: true,
    isLost: false,
  };
}
