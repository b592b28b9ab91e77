/** An instance that speaks HTTP/2 only. */
import { once } from 'node:events';
import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { type GatewayRig, onCleanup, route } from './gateway-rig.ts';

/** It serves every path; gone with the test. */
export async function http2Backend(
  rig: GatewayRig,
  serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  options: http2.ServerOptions = {},
) {
  const server = http2.createServer(options);
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (one) => sessions.add(one));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    serve(stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(async () => {
    for (const one of sessions) one.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  rig.gateway.setRoutes({ routes: [route('app', '/')], balancers: {}, protocols: { app: 'h2c' } });
  rig.put((server.address() as { port: number }).port);
  return { server, sessions };
}
