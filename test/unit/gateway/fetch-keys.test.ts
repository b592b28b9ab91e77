import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { keyFetcher } from '../../../src/gateway/auth/fetch-keys.ts';
import { lacks, skipIf } from '../../rig/skip.ts';

const OPTIONS = () => ({ headers: new Headers({ accept: 'application/json' }), signal: AbortSignal.timeout(10_000) });

test('keys come over https from who is certified by NODE_EXTRA_CA_CERTS, though the engine starts without it', async (context) => {
  skipIf(context, lacks('openssl'));
  const dir = mkdtempSync(path.join(tmpdir(), 'keys-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const [key, certificate] = [path.join(dir, 'key.pem'), path.join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files], {
    stdio: 'ignore',
  });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
    response.end(JSON.stringify({ keys: [], accept: request.headers.accept }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}/jwks`);

  expect(keyFetcher(url)).toBeUndefined();
  vi.stubEnv('MSVC_EXTRA_CA_CERTS', certificate);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(keyFetcher(new URL('http://localhost/jwks'))).toBeUndefined();
  const answer = await keyFetcher(url)?.(url.href, OPTIONS());
  expect(answer?.status).toBe(200);
  expect(await answer?.json()).toEqual({ keys: [], accept: 'application/json' });

  vi.stubEnv('MSVC_EXTRA_CA_CERTS', path.join(dir, 'gone.pem'));
  await expect(keyFetcher(url)?.(url.href, OPTIONS())).rejects.toThrow(/certificate/);
});
