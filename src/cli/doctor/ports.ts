/** The range that the system takes its own ports from: msvc gives out ports below it. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type Check, ok, warning } from './check.ts';

const LOWEST_USEFUL = 20_000;
const GATEWAY = 8080;

export const portRange: Check = {
  name: 'ports',
  async run() {
    if (process.platform !== 'linux') return ok('below the range of the system');
    const text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim();
    const [from = 32_768, to = 60_999] = text.split(/\s+/).map(Number);
    if (from >= LOWEST_USEFUL) return ok(`the system uses ${from}-${to}; msvc takes from below`);
    return warning(
      `the system takes ports from ${from} on, which leaves few below`,
      'a port may be taken between two starts: `sudo sysctl net.ipv4.ip_local_port_range="32768 60999"`',
    );
  },
};

export const gatewayPort: Check = {
  name: 'port 8080',
  async run() {
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(GATEWAY, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    return ok(free ? 'free for the gateway' : 'taken; a gateway with `port: auto` uses the next free one');
  },
};
