/**
 * How a line of the running account looks: the service's label, padded so that all stand below one another, then what
 * it wrote (after a bar) or what happened to it. Each service keeps its colour. Pure.
 */
import { replicaLabel } from '../../model/names.ts';
import type { View } from '../../model/view.ts';
import type { Colour, Style } from '../style.ts';
import { padText, textWidth } from '../text-width.ts';
import { type Saying, TONE_COLOUR } from '../wording/saying.ts';

/** Red is for what is wrong. */
const COLOURS: readonly Colour[] = ['cyan', 'yellow', 'green', 'magenta', 'blue', 'brightMagenta', 'brightBlue'];
const MAX_LABEL = 32;

/** Width and colours of the labels: by the service's place in the definition, so that they stay from run to run. */
export interface Labels {
  readonly width: number;
  readonly colourOf: (subject: string) => Colour | undefined;
}

export function labelsOf(services: readonly { readonly name: string; readonly replicas: number }[]): Labels {
  const width = Math.max(
    'gateway'.length,
    ...services.map(({ name, replicas }) => textWidth(replicaLabel(name, Math.max(1, replicas)))),
  );
  const colours = new Map(services.map(({ name }, i) => [name, COLOURS[i % COLOURS.length] as Colour]));
  return {
    width: Math.min(width, MAX_LABEL),
    colourOf: (subject) => colours.get(subject) ?? colours.get(subject.replace(/\.\d+$/, '')),
  };
}

export function placeLabel(view: View): Labels {
  return labelsOf(Object.values(view.services).map(({ name, wanted }) => ({ name, replicas: wanted })));
}

/** `orders.1   ready in 210 ms`, its details indented below, behind a bar. */
export function sayingLine(said: Saying, labels: Labels, style: Style, time = ''): string {
  const label = style.paint(labels.colourOf(said.subject), padText(said.subject, labels.width));
  const head = `${label}   ${time}${style.paint(TONE_COLOUR[said.tone], said.text)}`;
  const indent = ' '.repeat(labels.width + 3);
  return [head, ...said.details.map((line) => style.dim(`${indent}| ${line}`))].join('\n');
}

/** `catalog.1 | ` */
export function logPrefix(service: string, replica: number, labels: Labels, style: Style): string {
  const label = padText(replicaLabel(service, replica), labels.width);
  return style.paint(labels.colourOf(service), `${label} |`);
}
