/** How far the download of an image is. Pure. */
import type { PullProgress } from '../../model/event.ts';
import type { ImageWork } from '../../model/view.ts';
import { duration } from './time.ts';

const UNITS = ['B', 'KB', 'MB', 'GB'] as const;

/** `1.4 MB`, in powers of 1000 as registries count. */
function bytesText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[power]}`;
}

export function pullingText(image: string, { layers, layersDone, bytes, bytesTotal }: PullProgress): string {
  if (layers === 0) return `pulling ${image}`;
  const amount = bytesTotal === 0 ? '' : `, ${bytesText(bytes)} of ${bytesText(bytesTotal)}`;
  return `pulling ${image}: ${layersDone} of ${layers} layers${amount}`;
}

/** A share of the whole, 0 to 1; null while nothing is known. */
export function pulledShare({ layers, layersDone, bytes, bytesTotal }: PullProgress): number | null {
  if (layers === 0) return null;
  // Sizes are told layer by layer: a layer not begun yet counts as one of average size.
  if (bytesTotal === 0) return layersDone / layers;
  return Math.min(1, Math.max(layersDone / layers, bytes / bytesTotal));
}

/** `[=====>    ]`, so many characters between the brackets. */
export function progressBar(share: number, width: number): string {
  const done = Math.round(share * width);
  return `[${'='.repeat(Math.max(0, done - 1))}${done > 0 ? '>' : ''}${' '.repeat(width - done)}]`;
}

/** `pulling 45%`, `building for 12 s`: beside the state of a service. */
export function workText({ doing, since, progress }: ImageWork, now: number): string {
  if (progress === null) return `${doing} for ${duration(now - since)}`;
  const share = pulledShare(progress);
  return share === null ? doing : `${doing} ${Math.floor(share * 100)}%`;
}
