/** The worker thread's shell: messages in, calls on the gateway, answers out. Owns nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Limits } from './limits.ts';
import { Outbox } from './outbox.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { GatewayServer } from './server.ts';

const port = parentPort;
if (port === null) throw new Error('gateway/worker runs as a worker thread');

const outbox = new Outbox<FromWorker>((messages) => port.postMessage(messages));
const send = (message: FromWorker): void => outbox.add(message);
const { limits } = (workerData ?? {}) as { readonly limits?: Partial<Limits> };
const gateway = new GatewayServer(
  {
    onSuspect: (instance, count) => send({ type: 'suspect', instance, count }),
    onNews: (news) => send({ type: 'news', news }),
  },
  limits,
);

port.on('message', (messages: readonly ToWorker[]) => {
  for (const message of messages) void take(message);
});

async function take(message: ToWorker): Promise<void> {
  if (message.type === 'routes') return gateway.setRoutes(message.table);
  if (message.type === 'faults') return gateway.setFaults(message.faults);
  if (message.type === 'registry') return gateway.setRegistry(message.snapshot);
  if (message.type === 'registry-change') return gateway.changeRegistry(message.change);
  try {
    send({ type: 'done', request: message.request, result: await perform(message) });
  } catch (error) {
    // The engine has said already that somebody listens there: the next thread will.
    if (message.type === 'listen' && message.fd !== undefined) throw error;
    const { code, message: text } = error as NodeJS.ErrnoException;
    send({ type: 'done', request: message.request, error: code ?? text });
  }
  if (message.type !== 'close') return;
  outbox.flush();
  if (message.leaving) return;
  // Nothing keeps the thread alive after this.
  port?.close();
}

type Request = Extract<ToWorker, { readonly request: number }>;

async function perform(message: Request): Promise<unknown> {
  switch (message.type) {
    case 'listen':
      return gateway.listen(message.listener, message.fd);
    case 'unlisten':
      return gateway.unlisten(message.id);
    case 'admit':
      return gateway.admit(message.id, message.peers);
    case 'drain':
      return gateway.drain(message.instance, message.timeoutMs);
    case 'stats':
      return gateway.stats();
    case 'greet':
    case 'settle':
      return;
    case 'close':
      await gateway.close();
      // Whoever listens for this thread's end, to keep what it has compiled, would never hear of it.
      if (message.leaving) process.emit('exit', 0);
      return;
  }
}
