/** What is said without Node's streams, on real descriptors. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { directStream } from '../../../src/cli/direct-stream.ts';
import type { OutputStream } from '../../../src/cli/output.ts';
import { posix } from '../../../src/runtime/children/posix.ts';
import { skipIf } from '../../rig/skip.ts';
import { tempDir } from '../runtime/support.ts';

const lacking = posix() === null && 'compiled on Linux only';

function opened(file: string, flags: string | number): number {
  const fd = openSync(file, flags);
  onTestFinished(() => closeSync(fd));
  return fd;
}

const never = (): OutputStream => {
  throw new Error('Node has no part in this');
};

test('a file gets it whole, and is no terminal', (context) => {
  skipIf(context, lacking);
  const file = `${tempDir()}/out`;
  const stream = directStream(opened(file, 'w'), never);
  let done = 0;
  expect(stream.write('äöü\n', () => done++)).toBe(true);
  stream.write(Buffer.from('more\n'));
  expect({ done, isTTY: stream.isTTY, columns: stream.columns }).toEqual({
    done: 1,
    isTTY: false,
    columns: undefined,
  });
  expect(readFileSync(file, 'utf8')).toBe('äöü\nmore\n');
});

test('a terminal is one, and may not know its width', (context) => {
  skipIf(context, lacking);
  const stream = directStream(opened('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY), never);
  expect({ isTTY: stream.isTTY, columns: stream.columns }).toEqual({ isTTY: true, columns: undefined });
});

test('an error is told to who listens', (context) => {
  skipIf(context, lacking);
  const stream = directStream(opened('/dev/full', 'w'), never);
  const codes: unknown[] = [];
  stream.on('error', ({ code }) => codes.push(code));
  stream.write('words');
  expect(codes).toEqual(['ENOSPC']);
});

test('a pipe that is full and does not wait: what is left of it, and all later words, are for Node', (context) => {
  skipIf(context, lacking);
  const fifo = `${tempDir()}/fifo`;
  execFileSync('mkfifo', [fifo]);
  const fd = opened(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  let later = '';
  const errors: string[] = [];
  const ordinary = {
    write: (chunk: Uint8Array | string) => {
      later += Buffer.from(chunk as string).toString();
      return false;
    },
    on: (event: string) => errors.push(event),
    once: () => {},
  };
  const stream = directStream(fd, () => ordinary);
  stream.on('error', () => {});
  const text = Array.from({ length: 50_000 }, (_, i) => `line ${i}\n`).join('');
  expect(stream.write(text)).toBe(false);
  expect(stream.write('last')).toBe(false);
  const room = Buffer.alloc(1_000_000);
  const taken = readSync(fd, room);
  expect(room.toString('utf8', 0, taken) + later).toBe(`${text}last`);
  expect(errors).toEqual(['error']);
});
