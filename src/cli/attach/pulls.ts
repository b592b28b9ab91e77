/**
 * Downloads of images as a person follows them: on a terminal a bar for each, below everything else, until it is done;
 * elsewhere a line for each tenth. Owns which are under way.
 */
import type { MsvcEvent } from '../../model/event.ts';
import type { Output } from '../output.ts';
import { type Labels, sayingLine } from '../report/lines.ts';
import { cutText } from '../text-width.ts';
import { progressBar, pulledShare, pullingText } from '../wording/images.ts';
import { saying } from '../wording/saying.ts';

const BAR_WIDTH = 20;
/** Shares that are worth a line. */
const STEPS = 10;

export class Pulls {
  readonly #out: Output;
  readonly #labels: Labels;
  readonly #bars = new Map<string, string>();
  readonly #told = new Map<string, number>();

  constructor(out: Output, labels: Labels) {
    this.#out = out;
    this.#labels = labels;
  }

  /** @returns whether the event has been shown, or needs no line */
  take(event: MsvcEvent): boolean {
    switch (event.type) {
      case 'image.pulling':
        return this.#out.isTerminal ? this.#draw(event) : this.#isBetween(event);
      case 'image.pulled':
      case 'preparation.failed':
      case 'service.stopped':
        if (this.#bars.delete(event.service)) this.#show();
        this.#told.delete(event.service);
        return false;
      case 'engine.stopping':
        this.close();
        return false;
      default:
        return false;
    }
  }

  /** No bar stays behind. */
  close(): void {
    this.#bars.clear();
    this.#show();
  }

  #draw({ service, image, progress }: Pulling): boolean {
    const share = pulledShare(progress);
    // The first of a pull is the line that stays.
    if (share === null) return false;
    const bar = saying(service, `${progressBar(share, BAR_WIDTH)} ${pullingText(image, progress)}`);
    this.#bars.set(service, sayingLine(bar, this.#labels, this.#out.style));
    this.#show();
    return true;
  }

  #show(): void {
    // A line that wraps could not be taken away again.
    this.#out.footer([...this.#bars.values()].map((line) => cutText(line, this.#out.columns - 1)));
  }

  #isBetween({ service, progress }: Pulling): boolean {
    const step = Math.floor((pulledShare(progress) ?? 0) * STEPS);
    const before = this.#told.get(service) ?? -1;
    this.#told.set(service, Math.max(step, before));
    return step <= before;
  }
}

type Pulling = Extract<MsvcEvent, { type: 'image.pulling' }>;
