/** `gateway`: where the front door listens. */
import { isIP } from 'node:net';
import type { BalancerKind } from '../../model/policy.ts';
import type { GatewaySpec } from '../../model/project.ts';
import { DEFAULTS } from '../defaults.ts';
import type { Problems } from '../problems.ts';
import { type Node, placeOf } from '../tree/node.ts';
import { booleanOf, get, numberOf, textOf } from '../tree/read.ts';

/** @param wanted of the command line (`--port`), stronger than the file. */
export function gatewayOf(root: Node, wanted: number | 'auto' | undefined, problems: Problems): GatewaySpec {
  const node = get(root, 'gateway');
  const portNode = get(node, 'port');
  const number = wanted === 'auto' ? undefined : (wanted ?? numberOf(portNode));
  const hostNode = get(node, 'host');
  const host = textOf(hostNode) ?? DEFAULTS.gatewayHost;
  if (hostNode) checkHost(host, hostNode, problems);
  return {
    port: number === undefined ? { kind: 'auto', preferred: DEFAULTS.gatewayPort } : { kind: 'fixed', number },
    host,
    balancer: (textOf(get(node, 'balancer')) ?? DEFAULTS.balancer) as BalancerKind,
    ...(booleanOf(get(node, 'server_timing')) && { serverTiming: true }),
    // A port of the command line stands nowhere in the file.
    ...(wanted === undefined && node && { place: placeOf(portNode ?? node) }),
  };
}

function checkHost(host: string, node: Node, problems: Problems): void {
  if (isIP(host) === 0 && host !== 'localhost') {
    problems.error('bad-host', `the gateway listens on an address, not on \`${host}\``, placeOf(node), {
      hint: '127.0.0.1 for this machine, 0.0.0.0 for everyone who can reach it; names are for `route.host`',
    });
  } else if (host !== 'localhost' && host !== '::1' && !host.startsWith('127.')) {
    problems.warning('open-to-network', `the gateway can be reached from other machines at \`${host}\``, placeOf(node));
  }
}
