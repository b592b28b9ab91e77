/** HTTP/2's preface is served in whatever pieces it comes, with whatever comes in the same ones. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HeadText } from '../../../src/gateway/exchange/head-text.ts';
import { internals } from '../../../src/gateway/io/node-internals.ts';
import { END_HEADERS, END_STREAM, frame, PREFACE, requestBlock, TYPES } from '../../fuzz/frames.ts';
import { answer, GatewayRig } from './rig/gateway-rig.ts';

afterEach(() => {
  internals.areUsed = true;
  vi.restoreAllMocks();
});

const BEGIN = PREFACE + frame(TYPES.settings, 0, 0, '');

/** More than a Readable holds before it stops reading, less than the window of a stream. No digits, as sizes of chunks have. */
const BODY = ['v', 'w', 'x', 'y', 'z'].map((letter) => letter.repeat(12_000));

function post(path: string): string {
  const block = requestBlock(path).replace('\x82', '\x83');
  const data = BODY.map((part, i) => frame(TYPES.data, i === BODY.length - 1 ? END_STREAM : 0, 1, part));
  return frame(TYPES.headers, END_HEADERS, 1, block) + data.join('');
}

/** Sends the text in two pieces, the second when the gateway has read the first. The answer must come. */
async function serves(rig: GatewayRig, text: string, cut: number, take: () => Promise<void>): Promise<void> {
  const add = vi.spyOn(HeadText.prototype, 'add');
  const client = await rig.client();
  client.send(text.slice(0, cut));
  await expect.poll(() => add.mock.calls.length, { interval: 1 }).toBeGreaterThan(0);
  add.mockRestore();
  client.send(text.slice(cut));
  const answered = client.text(`cut after ${cut}`);
  await Promise.race([take().then(() => answered), answered]);
  client.destroy();
}

describe.each([true, false])('with the insides of Node used: %s', (areUsed) => {
  it('cut at every byte, and behind it', async () => {
    internals.areUsed = areUsed;
    // Bytes that were lost make a silent session: it ends soon.
    const rig = await GatewayRig.open({ keepAliveMs: 1_000 });
    const backend = await rig.backend();
    const text = BEGIN + frame(TYPES.headers, END_STREAM | END_HEADERS, 1, requestBlock('/'));
    for (let cut = 1; cut <= text.length; cut++) {
      await serves(rig, text, cut, async () => {
        const upstream = backend.connections.at(-1) ?? (await backend.connection());
        await upstream.head();
        upstream.send(answer(`cut after ${cut}`));
      });
    }
  });

  it('in one piece with the first bytes of a long body', async () => {
    internals.areUsed = areUsed;
    const rig = await GatewayRig.open({ keepAliveMs: 1_000 });
    const backend = await rig.backend();
    const text = BEGIN + post('/');
    const cut = 40_000;
    await serves(rig, text, cut, async () => {
      const upstream = await backend.connection();
      await upstream.head();
      await upstream.until((received) => received.endsWith('\r\n0\r\n\r\n'));
      expect(upstream.received.replace(/[0-9a-f]*\r\n/g, '')).toBe(BODY.join(''));
      upstream.send(answer(`cut after ${cut}`));
    });
  });
});
