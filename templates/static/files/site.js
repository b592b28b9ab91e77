/**
 * Hands out the files of one folder and nothing else: read once at the start, so no request reaches the disk and no path
 * leads out of it. msvc restarts the service when a file is saved. The page talks to the other services through the gateway
 * it came from, so it needs no address and no CORS.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The gateway hands on the whole path; the files lie behind this part of it. */
const PREFIX = '__PATH__';
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/** @param {URL} folder @returns a listener for `createServer` */
export function createSite(folder) {
  const root = fileURLToPath(folder);
  const files = new Map();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const full = path.join(entry.parentPath ?? entry.path, entry.name);
    const name = path.relative(root, full).split(path.sep).join('/');
    const file = read(full);
    files.set(`${PREFIX}/${name}`, file);
    if (/(^|\/)index\.html$/.test(name)) files.set(`${PREFIX}/${name.slice(0, -'index.html'.length)}`, file);
  }
  return (req, res) => {
    const [pathname] = req.url.split('?', 1);
    if (pathname === '/healthz') return send(req, res, 200, { 'content-type': 'application/json' }, '{"status":"ok"}');
    if (PREFIX !== '' && pathname === PREFIX) return send(req, res, 308, { location: `${PREFIX}/` }, '');
    const file = files.get(decoded(pathname));
    if (!file) return problem(req, res, 404, 'not-found', `nothing is at ${pathname}`);
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      return problem(req, res, 405, 'method-not-allowed', `${req.method} is not possible here`, { allow: 'GET, HEAD' });
    }
    if (req.headers['if-none-match'] === file.headers.etag) return send(req, res, 304, file.headers, '');
    return send(req, res, 200, file.headers, file.body);
  };
}

function read(file) {
  const body = readFileSync(file);
  const headers = {
    'content-type': TYPES[path.extname(file).toLowerCase()] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`,
    'cache-control': 'no-cache',
    'content-security-policy': "default-src 'self'",
    'x-content-type-options': 'nosniff',
  };
  return { body, headers };
}

function send(req, res, status, headers, body) {
  const id = req.headers['x-request-id'];
  const length = status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
  res.writeHead(status, { ...headers, ...length, ...(id && { 'x-request-id': id }) });
  res.end(req.method === 'HEAD' ? undefined : body);
}

function problem(req, res, status, type, detail, headers = {}) {
  const body = JSON.stringify({ type: `/problems/${type}`, title: type.replaceAll('-', ' '), status, detail });
  send(req, res, status, { 'content-type': 'application/problem+json', ...headers }, body);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
