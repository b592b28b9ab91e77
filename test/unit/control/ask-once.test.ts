/** One question without an event loop: so whoever answers runs in another thread. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { askOnce } from '../../../src/control/ask-once.ts';
import { PROTOCOL_VERSION } from '../../../src/control/protocol.ts';
import { posix } from '../../../src/runtime/children/posix.ts';
import { skipIf } from '../../rig/skip.ts';
import { tempDir } from '../runtime/support.ts';

const lacking = posix() === null && 'compiled on Linux only';

/** Answers the greeting and the first question, in pieces; `null` ends the connection instead. */
async function engine(hello: object, answer: object | null): Promise<string> {
  const socket = `${tempDir()}/s`;
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { socket, hello, answer } = workerData;
    require('node:net').createServer((peer) => {
      let text = '';
      peer.on('error', () => {});
      peer.on('data', (data) => {
        text += data;
        if (text.split('\\n').length < 3) return;
        const [, { method, params }] = text.trim().split('\\n').map((line) => JSON.parse(line));
        parentPort.postMessage({ method, params });
        peer.write(JSON.stringify({ id: 1, result: hello }) + '\\n' + '{"id":');
        setImmediate(() => (answer ? peer.write('2,' + JSON.stringify(answer).slice(1) + '\\n') : peer.end()));
      });
    }).listen(socket, () => parentPort.postMessage('listening'));`;
  const worker = new Worker(code, { eval: true, workerData: { socket, hello, answer } });
  onTestFinished(() => void worker.terminate());
  await once(worker, 'message');
  return socket;
}

const hello = { version: '1.2.3', protocol: PROTOCOL_VERSION, pid: 42, project: { name: 'shop', dir: '/shop' } };

test('a question is answered before it returns', async (context) => {
  skipIf(context, lacking);
  const text = 'x'.repeat(1_000_000);
  const socket = await engine(hello, { result: { text } });
  expect(askOnce(socket, 'metrics', {})).toEqual({ text });
});

test.each<[string, object | null]>([
  ['an engine that refuses', { error: { code: 'MSVC_STOPPING', message: 'no' } }],
  ['one that goes away in the middle of its answer', null],
])('%s has not answered: it is asked the other way', async (_what, answer) => {
  const socket = await engine(hello, answer);
  expect(askOnce(socket, 'metrics', {})).toBeUndefined();
});

test('nor has one that nobody listens for', () => {
  expect(askOnce(`${tempDir()}/none`, 'metrics', {})).toBeUndefined();
  expect(askOnce(`/${'x'.repeat(200)}`, 'metrics', {})).toBeUndefined();
});
