/** What an engine says while it pulls -> how far it is. Pure state: lines in, sums out. */
import type { PullProgress } from '../../../model/event.ts';

export interface PullLine {
  readonly status?: string;
  readonly id?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

interface Layer {
  bytes: number;
  total: number;
  done: boolean;
}

export class PullSums {
  readonly #layers = new Map<string, Layer>();

  add({ status = '', id, progressDetail }: PullLine): void {
    if (id === undefined || /^Pulling from|^Digest|^Status/.test(status)) return;
    const layer = this.#layers.get(id) ?? { bytes: 0, total: 0, done: false };
    this.#layers.set(id, layer);
    if (status === 'Downloading') {
      layer.bytes = progressDetail?.current ?? layer.bytes;
      layer.total = progressDetail?.total ?? layer.total;
    }
    if (status === 'Download complete' || status === 'Pull complete') layer.bytes = layer.total;
    if (status === 'Pull complete' || status === 'Already exists') layer.done = true;
  }

  get sums(): PullProgress {
    const layers = [...this.#layers.values()];
    return {
      layers: layers.length,
      layersDone: layers.filter((layer) => layer.done).length,
      bytes: layers.reduce((sum, layer) => sum + layer.bytes, 0),
      bytesTotal: layers.reduce((sum, layer) => sum + layer.total, 0),
    };
  }
}
