/** How tunnels end, of WebSocket and `protocol: tcp`: with everything that was sent, and not before; or at once. */
import { afterEach, describe, expect, it } from 'vitest';
import { internals } from '../../../src/gateway/io/node-internals.ts';
import { GatewayRig, get, route } from './rig/gateway-rig.ts';
import type { BackendConnection } from './rig/raw-backend.ts';
import type { RawClient } from './rig/raw-client.ts';
import { acceptedSocket, openedSocket, queuedBytes } from './rig/sockets.ts';

afterEach(() => {
  internals.areUsed = true;
});

interface Open {
  readonly rig: GatewayRig;
  readonly client: RawClient;
  readonly upstream: BackendConnection;
  /** The listener's. */
  readonly port: number;
  readonly backendPort: number;
}

async function webSocket(limits = {}): Promise<Open> {
  const rig = await GatewayRig.open(limits);
  const backend = await rig.backend();
  const client = await rig.client();
  client.send(get('/', 'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n'));
  const upstream = await backend.connection();
  await upstream.head();
  upstream.send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  await client.text('\r\n\r\n');
  client.received = '';
  return { rig, client, upstream, port: rig.port, backendPort: backend.port };
}

async function tcp(limits = {}): Promise<Open> {
  const rig = await GatewayRig.open(limits, { routes: [route('app', '/')], protocols: { app: 'tcp' } });
  const backend = await rig.backend();
  const client = await rig.client(rig.edgePort);
  const upstream = await backend.connection();
  client.send('x');
  await upstream.bytes(1);
  return { rig, client, upstream, port: rig.edgePort, backendPort: backend.port };
}

/** The end that does not read, the one that sends to it, and the gateway's socket between. */
function sides({ client, upstream, port, backendPort }: Open, to: string) {
  return to === 'client'
    ? { reader: client, sender: upstream, socket: acceptedSocket(port)! }
    : { reader: upstream, sender: client, socket: openedSocket(backendPort)! };
}

/** The reader ends its side and reads nothing; then it is sent a little more than the kernel takes, and the end. */
async function leftOver(open: Open, to: string) {
  const { reader, sender, socket } = sides(open, to);
  reader.socket.pause();
  reader.socket.end();
  await sender.closed();
  let bytes = 0;
  for (let more = 4; more > 0; ) {
    sender.send('y'.repeat(1_000));
    bytes += 1_000;
    await new Promise((resolve) => setImmediate(resolve));
    if (queuedBytes(socket) > 0) more--;
  }
  sender.socket.end();
  return { reader, sender, socket, bytes };
}

describe.each([
  ['WebSocket', webSocket],
  ['tcp', tcp],
])('%s', (_protocol, open) => {
  describe.each(['client', 'instance'])('to the %s', (to) => {
    it.each([true, false])(
      'what the kernel had not taken when both sides had ended comes whole: insides %s',
      async (areUsed) => {
        internals.areUsed = areUsed;
        const tunnel = await open();
        const { reader, sender, socket, bytes } = await leftOver(tunnel, to);
        // The sender's side is through, and the gateway knows of its end.
        const other = sides(tunnel, to === 'client' ? 'instance' : 'client').socket;
        await expect.poll(() => other === undefined || other.destroyed).toBe(true);
        expect(sender.over).toBe('end');
        expect(queuedBytes(socket)).toBeGreaterThan(0);
        reader.socket.resume();
        expect(await reader.closed()).toBe('end');
        expect(reader.received.length).toBe(bytes);
        await expect.poll(() => tunnel.rig.gateway.stats().connections).toBe(0);
        expect(tunnel.rig.gateway.stats().edges.find(({ requests }) => requests > 0)?.inFlight).toBe(0);
      },
    );

    it('one that takes nothing of it for too long, or is gone, ends the tunnel', async () => {
      for (const how of ['silent', 'gone']) {
        const tunnel = await open({ bodyIdleMs: how === 'silent' ? 50 : 60_000 });
        const { reader } = await leftOver(tunnel, to);
        if (how === 'gone') reader.destroy();
        await expect.poll(() => tunnel.rig.gateway.stats().connections).toBe(0);
        expect(tunnel.rig.gateway.stats().edges.find(({ requests }) => requests > 0)?.inFlight).toBe(0);
        reader.destroy();
      }
    });
  });

  it('an instance that breaks leaves nothing in flight', async () => {
    const { rig, client, upstream } = await open();
    upstream.socket.resetAndDestroy();
    expect(await client.closed()).toBe('reset');
    expect(rig.gateway.stats().connections).toBe(0);
    expect(rig.gateway.stats().edges.find(({ requests }) => requests > 0)?.inFlight).toBe(0);
  });
});
