import { describe, expect, it } from 'vitest';
import { DetachWatch, detachKeys } from '../../../src/cli/console/detach-keys.ts';
import { TerminalModes } from '../../../src/cli/console/terminal-modes.ts';
import { StdioOutput } from '../../../src/runtime/drivers/stdio.ts';

describe('the keys that detach', () => {
  it('are read in Docker’s words', () => {
    expect([...detachKeys('ctrl-p,ctrl-q')]).toEqual([16, 17]);
    expect([...detachKeys('ctrl-]')]).toEqual([29]);
    expect([...detachKeys('a,ctrl-A,@')]).toEqual([97, 1, 64]);
    expect([...detachKeys('')]).toEqual([]);
    for (const wrong of ['ctrl-', 'ctrl-1', 'f1', 'ctrl-p,,a', 'ä']) {
      expect(() => detachKeys(wrong), wrong).toThrow('is no key to detach with');
    }
  });

  const typed = (keys: string, ...chunks: readonly string[]) => {
    const watch = new DetachWatch(detachKeys(keys));
    return chunks.map((chunk) => {
      const { bytes, isComplete } = watch.push(Buffer.from(chunk, 'latin1'));
      return isComplete ? `${bytes.toString('latin1')}!` : bytes.toString('latin1');
    });
  };

  it('are found in one chunk and over several; what comes before them is passed on', () => {
    expect(typed('ctrl-p,ctrl-q', 'ls\x10\x11rest')).toEqual(['ls!']);
    expect(typed('ctrl-p,ctrl-q', 'ls\x10', '\x11')).toEqual(['ls', '!']);
    expect(typed('ctrl-]', 'ls', '\x1d')).toEqual(['ls', '!']);
  });

  it('are the program’s when they are not complete', () => {
    expect(typed('ctrl-p,ctrl-q', '\x10', 'x')).toEqual(['', '\x10x']);
    expect(typed('ctrl-p,ctrl-q', '\x10\x10', '\x11')).toEqual(['\x10', '!']);
    expect(typed('', '\x10\x11')).toEqual(['\x10\x11']);
  });

  it('are found where a longer attempt at them has begun', () => {
    expect(typed('a,a,b', 'aaab')).toEqual(['a!']);
    expect(typed('a,b,a,c', 'aba', 'bac')).toEqual(['', 'ab!']);
    expect(typed('a,b,a,c', 'abad')).toEqual(['abad']);
  });
});

describe('the modes of a terminal that was lent', () => {
  it('are brought back as far as they were changed', () => {
    const modes = new TerminalModes();
    modes.see('\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[31mred');
    modes.see('\x1b[?2004l\x1b[?1000;1006h\x1b[?12h');
    expect(modes.undo()).toBe('\x1b[0m\x1b[?1006l\x1b[?1000l\x1b[?25h\x1b[?1049l');
    expect(modes.undo()).toBe('\x1b[0m');
  });
});

describe('what an instance says to who listens', () => {
  it('begins with the line that is not complete, in memory of its own', () => {
    const output = new StdioOutput();
    const shared = Buffer.from('done\n> ');
    output.take('stdout', shared);
    output.take('stderr', Buffer.from('warning'));
    shared.fill(0);
    const heard: string[] = [];
    const stop = output.listen((stream, bytes) => heard.push(`${stream}:${bytes}`));
    output.take('stdout', Buffer.from('1+1'));
    stop();
    output.take('stdout', Buffer.from('unheard'));
    expect(heard).toEqual(['stdout:> ', 'stdout:1+1']);
  });

  it('keeps no more of that than a prompt takes', () => {
    const output = new StdioOutput();
    for (let i = 0; i < 100; i++) output.take('stdout', Buffer.alloc(1000, 'x'));
    const heard: Buffer[] = [];
    output.listen((_stream, bytes) => heard.push(bytes));
    expect(heard[0]?.length).toBe(4096);
  });
});
