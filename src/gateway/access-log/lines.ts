/** One request as a line of the access log: JSON, or the combined format of Apache and nginx. Pure but for the date. */
import type { Flag } from '../../model/flags.ts';
import { rounded, type Times } from '../exchange/times.ts';

export interface Access extends Times {
  readonly client: string;
  /** '' when the request line could not be read. */
  readonly method: string;
  readonly target: string;
  /** `HTTP/1.1`, as received; `HTTP/2.0` as others write it in such lines. */
  readonly protocol: string;
  readonly host: string;
  readonly userAgent: string;
  readonly referer: string;
  readonly requestId: string;
  readonly traceparent: string;
  /** 0: the client left, or its connection was reset, before there was one. */
  readonly status: number;
  readonly bodyBytes: number;
  readonly caller: string;
  /** '' when no route led to a service. */
  readonly callee: string;
  readonly route: string;
  readonly instance: string;
  readonly attempts: number;
  readonly flag: Flag | '';
  readonly fault: string;
}

export function lineOf(access: Access, format: 'json' | 'combined'): string {
  return format === 'json' ? jsonLine(access) : combinedLine(access);
}

function jsonLine({ queueMs, connectMs, firstByteMs, totalMs, protocol, ...access }: Access): string {
  const facts = {
    time: new Date().toISOString(),
    ...access,
    protocol,
    queueMs: rounded(queueMs),
    connectMs: rounded(connectMs),
    firstByteMs: rounded(firstByteMs),
    totalMs: rounded(totalMs),
  };
  return `${JSON.stringify(facts)}\n`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function combinedLine(access: Access): string {
  const now = new Date();
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${two(now.getUTCDate())}/${MONTHS[now.getUTCMonth()]}/${now.getUTCFullYear()}`;
  const time = `${two(now.getUTCHours())}:${two(now.getUTCMinutes())}:${two(now.getUTCSeconds())} +0000`;
  const request = quoted(access.method === '' ? '-' : `${access.method} ${access.target} ${access.protocol}`);
  return `${access.client} - - [${day}:${time}] ${request} ${access.status} ${access.bodyBytes} ${quoted(access.referer || '-')} ${quoted(access.userAgent || '-')}\n`;
}

/** As nginx: what could end the line or the quotes is written in hexadecimal. */
function quoted(text: string): string {
  return `"${text.replace(/["\\\u0000-\u001f\u007f-\uffff]/g, (char) => `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)}"`;
}
