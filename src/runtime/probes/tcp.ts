/** Healthy when the port accepts a connection. Says nothing on it and closes at once. */
import { Connector } from './connect.ts';
import type { ProbeKind } from './probe.ts';

export const tcp: ProbeKind<'tcp'> = {
  kind: 'tcp',
  summary: 'the port accepts a connection',
  create(spec, context) {
    const port = spec.port ?? context.port;
    const connector = new Connector(context.hosts);
    return {
      kind: 'tcp',
      gatePort: null,
      locatePort: port === context.port ? null : context.port,
      repeats: true,
      async check(signal) {
        if (port === null) return { ok: false, detail: 'the service has no port to probe', refused: false };
        const connected = await connector.connect(port, signal);
        if (!connected.ok) return connected;
        connected.socket.on('error', () => {});
        connected.socket.destroy();
        return { ok: true, host: port === context.port ? connected.host : null };
      },
    };
  },
};
