/** `ports`, short and long: what of a container is opened on this machine, and where. */
import type { PublishedPort } from '../../../model/run.ts';
import { type Node, placeOf } from '../../tree/node.ts';
import { get, itemsOf, numberOf, textOf } from '../../tree/read.ts';
import type { BuildContext } from '../context.ts';

const LOCAL = '127.0.0.1';
const SHORT =
  /^(?:(?<ip>\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):)?(?:(?<from>\d{1,5})?(?:-(?<fromEnd>\d{1,5}))?:)?(?<to>\d{1,5})(?:-(?<toEnd>\d{1,5}))?(?:\/(?<protocol>tcp|udp))?$/;

export function publishedPortsOf(node: Node | undefined, context: BuildContext): PublishedPort[] {
  return itemsOf(node).flatMap((item) => {
    const found = item.kind === 'map' ? longPort(item) : shortPorts(item, context);
    for (const port of found) {
      if (!isOpen(port.hostIp)) continue;
      const where = `port ${port.target} can be reached from other machines at \`${port.hostIp}\``;
      context.problems.warning('open-to-network', where, placeOf(item));
    }
    return found;
  });
}

function isOpen(ip: string): boolean {
  return ip !== 'localhost' && ip !== '::1' && !ip.startsWith('127.');
}

function longPort(node: Node): PublishedPort[] {
  const target = numberOf(get(node, 'target'));
  if (target === undefined) return [];
  const published = Number(textOf(get(node, 'published')) ?? Number.NaN);
  return [
    {
      target,
      protocol: textOf(get(node, 'protocol')) === 'udp' ? 'udp' : 'tcp',
      ...(Number.isInteger(published) && { published }),
      hostIp: textOf(get(node, 'host_ip')) ?? LOCAL,
    },
  ];
}

function shortPorts(node: Node, { problems }: BuildContext): PublishedPort[] {
  const text = textOf(node) ?? '';
  const parts = SHORT.exec(text)?.groups;
  if (!parts) return [];
  const targets = rangeOf(parts.to!, parts.toEnd);
  const published = parts.from === undefined ? null : rangeOf(parts.from, parts.fromEnd);
  const wrong =
    [...targets, ...(published ?? [])].find((port) => port < 1 || port > 65_535) !== undefined
      ? 'a port is a number from 1 to 65535'
      : published && published.length !== targets.length
        ? `${published.length} ports of this machine cannot stand for ${targets.length} of the container`
        : null;
  if (wrong !== null) {
    problems.error('bad-value', `\`${text}\`: ${wrong}`, placeOf(node));
    return [];
  }
  const hostIp = parts.ip?.replace(/^\[|\]$/g, '') ?? LOCAL;
  const protocol = parts.protocol === 'udp' ? 'udp' : 'tcp';
  return targets.map((target, i) => ({
    target,
    protocol,
    ...(published && { published: published[i]! }),
    hostIp,
  }));
}

function rangeOf(first: string, last = first): number[] {
  const [from, to] = [Number(first), Number(last)];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}
