/**
 * The storefront: hands out the page in `public/` and nothing else. The page talks to catalog and orders through the
 * gateway it came from, so it needs no address and no CORS.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { serve } from '../kit/service.js';

const FILES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/app.js': ['app.js', 'text/javascript; charset=utf-8'],
  '/api.js': ['api.js', 'text/javascript; charset=utf-8'],
  '/views.js': ['views.js', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
  '/products.svg': ['products.svg', 'image/svg+xml'],
};

const routes = {};
for (const [path, [name, type]] of Object.entries(FILES)) {
  // Read once: msvc restarts this service when a file of the page is saved (`develop.watch`).
  const body = readFileSync(new URL(`public/${name}`, import.meta.url));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`;
  const headers = {
    etag,
    'content-type': type,
    'cache-control': 'no-cache',
    'content-security-policy': "default-src 'self'; style-src 'self' 'unsafe-inline'",
  };
  routes[`GET ${path}`] = (request) =>
    request.headers['if-none-match'] === etag ? { status: 304, headers } : { body, headers };
}

serve({ routes });
