/** The kernel's table of listening TCP sockets, from /proc. */
import { closeSync, openSync, readSync } from 'node:fs';

export interface ListeningSocket {
  /** Local address in hexadecimal, as the kernel prints it. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

const LISTEN = '0A';
const chunk = Buffer.allocUnsafe(16_384);

/**
 * Of the network namespace of `pid`, both protocols. Milliseconds: the kernel walks its whole table.
 * @returns null when the table of IPv4 cannot be read; a machine without IPv6 has none for that
 */
export function readListening(pid: number | 'self'): ListeningSocket[] | null {
  const lines = listeningLines(`/proc/${pid}/net/tcp`);
  if (lines === null) return null;
  return [...lines, ...(listeningLines(`/proc/${pid}/net/tcp6`) ?? [])].map((line) => {
    const fields = line.trim().split(/\s+/);
    const [address = '', port = ''] = fields[1]!.split(':');
    return { address, port: Number.parseInt(port, 16), inode: fields[9]! };
  });
}

/**
 * The kernel prints listening sockets before all others; reading stops at the first other one. After a load test
 * tens of thousands of closed connections would follow, at 50 ms a look.
 */
function listeningLines(file: string): string[] | null {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return null;
  }
  const lines: string[] = [];
  try {
    let rest = '';
    for (let header = true; ; ) {
      const read = readSync(fd, chunk);
      if (read === 0) return header ? null : lines;
      const texts = (rest + chunk.toString('latin1', 0, read)).split('\n');
      rest = texts.pop()!;
      for (const text of texts) {
        if (!header && text.trim().split(/\s+/, 4)[3] !== LISTEN) return lines;
        if (!header) lines.push(text);
        header = false;
      }
    }
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}
