/**
 * A problem as a complete HTTP response: application/problem+json (RFC 9457), or a small page when the client prefers
 * HTML. Pure but for the date; all output is ASCII.
 */
import { STATUS_CODES } from 'node:http';
import { listMembers } from '../http/fields.ts';
import { httpDate } from './http-date.ts';
import { PROBLEMS, type Problem } from './problems.ts';

/** RFC 9110's words where Node still has the older ones. */
const NEWER_REASONS: Readonly<Record<number, string>> = { 413: 'Content Too Large' };

export interface Asked {
  /** Value of Accept. */
  readonly accept: string;
  readonly isHead: boolean;
  /** Raw path; '' when the request could not be read. */
  readonly path: string;
  readonly close: boolean;
  /** An HTTP/1.0 client that wants to keep its connection must be told. */
  readonly sayKeepAlive: boolean;
  readonly via: string;
}

export function renderProblem(problem: Problem, asked: Asked): string {
  const kind = PROBLEMS[problem.code];
  const status = problem.status ?? kind.status;
  const html = prefersHtml(asked.accept);
  const body = html ? page(problem) : json(problem, asked.path);
  const details = problem.detail === undefined ? '' : `; details="${ascii(problem.detail).replace(/["\\]/g, '\\$&')}"`;
  const head =
    `HTTP/1.1 ${status} ${NEWER_REASONS[status] ?? STATUS_CODES[status] ?? 'Unknown'}\r\nDate: ${httpDate()}\r\n` +
    `Content-Type: ${html ? 'text/html; charset=utf-8' : 'application/problem+json'}\r\n` +
    `Content-Length: ${body.length}\r\nCache-Control: no-store\r\n` +
    `Proxy-Status: msvc; error=${kind.proxyError}${details}\r\n` +
    (problem.retryAfter === undefined ? '' : `Retry-After: ${problem.retryAfter}\r\n`) +
    (problem.lines ?? '') +
    asked.via +
    (asked.close ? 'Connection: close\r\n' : asked.sayKeepAlive ? 'Connection: keep-alive\r\n' : '');
  return `${head}\r\n${asked.isHead ? '' : body}`;
}

function json(problem: Problem, path: string): string {
  const kind = PROBLEMS[problem.code];
  const facts = {
    type: `urn:msvc:problem:${problem.code}`,
    title: kind.title,
    status: problem.status ?? kind.status,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    ...(path === '' ? {} : { instance: path }),
    msvc: {
      code: problem.code,
      ...(problem.service === undefined ? {} : { service: problem.service }),
      ...(problem.attempts === undefined ? {} : { attempts: problem.attempts }),
      ...(problem.fault === undefined ? {} : { fault: problem.fault, edge: problem.edge }),
    },
    ...(problem.routes === undefined ? {} : { routes: problem.routes }),
  };
  return `${JSON.stringify(facts, null, 2).replace(/[\u007f-\uffff]/g, escapeUnit)}\n`;
}

function page(problem: Problem): string {
  const kind = PROBLEMS[problem.code];
  const routes = (problem.routes ?? []).map(
    ({ path, service, hosts }) => `<li><code>${markup(hosts.join(', ') + path)}</code> ${markup(service)}</li>`,
  );
  const list = routes.length === 0 ? '' : `<ul>${routes.join('')}</ul>`;
  return (
    `<!doctype html><meta charset="utf-8"><title>${problem.status ?? kind.status} ${kind.title}</title>` +
    `<h1>${problem.status ?? kind.status} ${kind.title}</h1><p>${markup(problem.detail ?? '')}</p>${list}\n`
  );
}

function markup(text: string): string {
  return text.replace(/[&<>"'\u007f-\uffff]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function escapeUnit(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function ascii(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}

/** Whether Accept names text/html with a higher weight than JSON. A missing or catch-all Accept gets JSON. */
function prefersHtml(accept: string): boolean {
  if (!accept.includes('html')) return false;
  let html = 0;
  let other = 0;
  for (const member of listMembers(accept.toLowerCase())) {
    const [range = '', ...parameters] = member.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2)) || 0;
    if (range === 'text/html') html = Math.max(html, quality);
    else if (range === 'application/json' || range === 'application/problem+json') other = Math.max(other, quality);
  }
  return html > other;
}
