/** From what was asked of the logs to what the pane needs to draw and to filter them. Pure. */

import type { LogPane, PaneLook } from './logs/log-pane.ts';
import type { LogOptions } from './model/state.ts';
import type { Look } from './views/look.ts';

export function paneLook({ style, labels }: Look, options: LogOptions | null, labelWidth: number): PaneLook {
  return {
    style,
    labelWidth,
    colourOf: (service) => labels.colourOf(service),
    labels: true,
    timestamps: options?.timestamps ?? false,
    wrap: options?.wrap ?? false,
    unfolded: options?.unfolded ?? false,
  };
}

/** Changes the pane to what is asked for; what is the same already costs nothing. */
export function applyOptions(pane: LogPane, look: Look, options: LogOptions, labelWidth: number): void {
  pane.look = paneLook(look, options, labelWidth);
  pane.search = patternOf(options.search);
  const services = options.services.length === 0 ? undefined : new Set(options.services);
  const pattern = patternOf(options.filter);
  // A service that was asked for by name is shown even when it is muted.
  const muted = options.muted.filter((name) => !services?.has(name));
  const { wanted } = pane;
  const isSame =
    [...(wanted.services ?? [])].join() === [...(services ?? [])].join() &&
    [...wanted.muted].join() === muted.join() &&
    wanted.level === (options.level ?? undefined) &&
    wanted.pattern?.source === pattern?.source;
  if (isSame) return;
  pane.want({ services, muted: new Set(muted), level: options.level ?? undefined, pattern });
}

/** Small letters find both; what is no regular expression is looked for as it stands. */
export function patternOf(typed: string): RegExp | undefined {
  if (typed === '') return undefined;
  const flags = typed === typed.toLowerCase() ? 'iu' : 'u';
  try {
    return new RegExp(typed, flags);
  } catch {
    return new RegExp(typed.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), flags.replace('u', ''));
  }
}
