/** An `Output` whose text a test reads, and a system's view folded from a few events. */
import { EventEmitter } from 'node:events';
import { Output } from '../../../src/cli/output.ts';
import type { MsvcEvent, NewEvent } from '../../../src/model/event.ts';
import { instanceId, serviceName } from '../../../src/model/names.ts';
import { EMPTY_VIEW, reduce, type View } from '../../../src/model/view.ts';

export class Captured extends EventEmitter {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number;
  readonly output: Output;
  gone = 0;

  constructor(options: { terminal?: boolean; columns?: number; env?: Record<string, string> } = {}) {
    super();
    this.isTTY = options.terminal === true;
    this.columns = options.columns ?? 80;
    this.output = new Output(this as never, options.env ?? {}, () => {
      this.gone++;
    });
  }

  write(chunk: string | Uint8Array, done?: () => void): boolean {
    this.text += Buffer.from(chunk as Uint8Array).toString('utf8');
    done?.();
    return true;
  }
}

export const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** Numbered from 1, a second apart. */
export function numbered(events: readonly NewEvent[]): MsvcEvent[] {
  return events.map((event, i) => ({ ...event, seq: i + 1, at: AT + i * 1000 }) as MsvcEvent);
}

export function viewOf(events: readonly NewEvent[]): View {
  return numbered(events).reduce(reduce, EMPTY_VIEW);
}

export function of(service: string, replica = 1, generation = 1) {
  const name = serviceName(service);
  return { service: name, replica, instance: instanceId(name, replica, generation) } as const;
}

export function defined(service: string, more: Partial<Extract<NewEvent, { type: 'service.defined' }>> = {}): NewEvent {
  return {
    type: 'service.defined',
    service: serviceName(service),
    kind: 'process',
    wanted: 1,
    port: 'auto',
    calls: [],
    dependsOn: [],
    routes: [],
    database: null,
    probe: 'tcp',
    oneShot: false,
    balancer: 'two-choices',
    ...more,
  };
}

/** Defined, started, and ready on port 20001. */
export function running(service: string, replica = 1, port: number | null = 20_001): NewEvent[] {
  const id = of(service, replica);
  return [
    { type: 'service.started', service: id.service },
    { type: 'instance.created', ...id, generation: 1, port },
    { type: 'instance.launched', ...id, pid: 100 + replica, launch: 1 },
    { type: 'instance.ready', ...id, tookMs: 210 },
  ];
}
