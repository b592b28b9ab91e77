/** Runs the built worker thread in a process of its own, to be killed: node prepare-child.mjs TASK-JSON. */
import { Worker } from 'node:worker_threads';

const worker = new Worker(new URL('../../../dist/data/worker.js', import.meta.url), {
  workerData: JSON.parse(process.argv[2]),
});
worker.on('message', (message) => process.stdout.write(`${JSON.stringify(message)}\n`));
