/** A client's session by prior knowledge, with what any server may do to it. */
import { once } from 'node:events';
import http2, { type ClientHttp2Session, type ClientSessionOptions } from 'node:http2';
import { onCleanup } from './gateway-rig.ts';

export async function session(port: number, options: ClientSessionOptions = {}): Promise<ClientHttp2Session> {
  const client = http2.connect(`http://localhost:${port}`, options);
  onCleanup(() => client.destroy());
  client.on('error', () => {});
  await once(client, 'connect');
  return client;
}
