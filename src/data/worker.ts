/** Entry of the worker thread that prepares one database and ends. The only part of the engine that loads SQLite. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorData } from '../model/error.ts';
import type { FromWorker, PrepareTask } from './protocol.ts';
import { provision } from './provision.ts';

const send = (message: FromWorker): void => parentPort?.postMessage(message);

try {
  const prepared = provision(workerData as PrepareTask, (applied) => send({ type: 'applied', applied }));
  send({ type: 'done', prepared });
} catch (error) {
  send({ type: 'failed', error: errorData(error) });
}
