/**
 * Fetches a key set over https with the certificate authorities of NODE_EXTRA_CA_CERTS, which the engine's process
 * does not load at its start (`control/engine-environment.ts`). Where the variable is not set Node's own `fetch` does.
 */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { rootCertificates } from 'node:tls';

const EXTRA_CA_CERTS = 'MSVC_EXTRA_CA_CERTS';
/** Key sets are a few kilobytes. */
const MAX_BYTES = 1024 * 1024;

/** @returns what the JOSE library calls in place of `fetch`; undefined where that will do */
export function keyFetcher(url: URL): ((url: string, options: FetchOptions) => Promise<Response>) | undefined {
  const certificates = process.env[EXTRA_CA_CERTS];
  if (certificates === undefined || url.protocol !== 'https:') return undefined;
  return async (address, options) => {
    // As Node does: a file that is not there is ignored.
    const extra = await readFile(certificates, 'utf8').catch(() => '');
    return await get(
      address,
      options,
      [...rootCertificates, extra].filter((ca) => ca !== ''),
    );
  };
}

interface FetchOptions {
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

function get(url: string, { headers, signal }: FetchOptions, ca: string[]): Promise<Response> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: Object.fromEntries(headers), signal, ca }, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) answer.destroy(new Error('the key set is larger than 1 MiB'));
        else chunks.push(chunk);
      });
      answer.on('error', reject);
      answer.on('end', () => resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 500 })));
    });
    asked.on('error', reject);
    asked.end();
  });
}
