/** The pure parts of the container driver: addresses on both kinds of engine, output, exits, progress, errors, figures. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import {
  freeAddress,
  hostSide,
  parseSubnet,
  placementOf,
  portsToPublish,
  reachOf,
} from '../../../../../src/runtime/drivers/container/address.ts';
import { needsBuildKit } from '../../../../../src/runtime/drivers/container/build.ts';
import { imageFailed, isLost, registryOf } from '../../../../../src/runtime/drivers/container/errors.ts';
import { isOn, keepsOut } from '../../../../../src/runtime/drivers/container/firewall.ts';
import { withTag } from '../../../../../src/runtime/drivers/container/images.ts';
import { outputReader } from '../../../../../src/runtime/drivers/container/output.ts';
import { numericIds } from '../../../../../src/runtime/drivers/container/owner.ts';
import { PullSums } from '../../../../../src/runtime/drivers/container/progress.ts';
import { freeSubnet, printSubnet, routedSubnets } from '../../../../../src/runtime/drivers/container/subnets.ts';
import { usageOf } from '../../../../../src/runtime/drivers/container/usage.ts';
import { exitOf } from '../../../../../src/runtime/drivers/exit.ts';

describe('addresses', () => {
  const debian = { operatingSystem: 'Debian GNU/Linux 12 (bookworm)', securityOptions: ['name=seccomp'] };

  it('tells an engine of this machine from one in a VM', () => {
    expect(placementOf(debian, 'linux')).toBe('bridge');
    expect(placementOf(debian, 'darwin')).toBe('vm');
    expect(placementOf({ ...debian, operatingSystem: 'Docker Desktop' }, 'linux')).toBe('vm');
    expect(placementOf({ ...debian, securityOptions: ['name=rootless'] }, 'linux')).toBe('vm');
  });

  it('on a bridge: containers by their own address, this machine by the gateway, who calls is seen', () => {
    expect(hostSide('bridge', '172.18.0.1')).toEqual({ name: '172.18.0.1', listen: '172.18.0.1', showsPeer: true });
    const { hosts, portOf } = reachOf('bridge', '172.18.0.5', new Map());
    expect([hosts, portOf(3000)]).toEqual([['172.18.0.5'], 3000]);
    expect(portsToPublish('bridge', [3000])).toEqual([]);
  });

  it('in a VM: containers by what is published on loopback, this machine by a name', () => {
    expect(hostSide('vm', '172.18.0.1')).toEqual({
      name: 'host.docker.internal',
      listen: '127.0.0.1',
      showsPeer: false,
    });
    const { hosts, portOf } = reachOf('vm', '172.18.0.5', new Map([[3000, 49_153]]));
    expect([hosts, portOf(3000), portOf(9)]).toEqual([['127.0.0.1'], 49_153, 9]);
    expect(portsToPublish('vm', [3000, null, 3000])).toEqual([3000]);
  });

  it('gives out the lowest free address, never the gateway’s or the last', () => {
    const subnet = parseSubnet('10.1.2.0/29')!;
    expect(freeAddress(subnet, new Set())).toBe('10.1.2.2');
    const taken = new Set(['10.1.2.2', '10.1.2.3', '10.1.2.4', '10.1.2.5']);
    expect(freeAddress(subnet, taken)).toBe('10.1.2.6');
    expect(freeAddress(subnet, taken.add('10.1.2.6'))).toBeNull();
    expect(parseSubnet('fd00::/64')).toBeNull();
  });
});

describe('the range of a network', () => {
  const subnet = (text: string) => parseSubnet(text)!;

  it('is the first of the engine’s pools that nothing overlaps, networks or routes', () => {
    expect(printSubnet(freeSubnet(null, [])!)).toBe('172.17.0.0/16');
    expect(printSubnet(freeSubnet(null, [subnet('172.16.0.0/15'), subnet('172.18.4.0/24')])!)).toBe('172.19.0.0/16');
    expect(printSubnet(freeSubnet(null, [subnet('172.16.0.0/12')])!)).toBe('192.168.0.0/20');
    const pools = [
      { Base: '10.9.0.0/24', Size: 26 },
      { Base: 'fd00::/64', Size: 80 },
    ];
    expect(printSubnet(freeSubnet(pools, [subnet('10.9.0.0/25')])!)).toBe('10.9.0.128/26');
    expect(freeSubnet(pools, [subnet('10.0.0.0/8')])).toBeNull();
  });

  it('avoids what the kernel routes elsewhere; the default route is no such thing', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'msvc-route-')), 'route');
    const rows = [
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'tun0\t000010AC\t00000000\t0001\t0\t0\t0\t0000F0FF\t0\t0\t0',
      '',
    ];
    writeFileSync(file, rows.join('\n'));
    expect(routedSubnets(file).map(printSubnet)).toEqual(['172.16.0.0/12']);
    rmSync(path.dirname(file), { recursive: true });
    expect(routedSubnets(file)).toEqual([]);
  });
});

test('frames of both streams are taken apart wherever the chunks end', () => {
  const frame = (stream: number, text: string) =>
    Buffer.concat([Buffer.from([stream, 0, 0, 0]), Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
  const all = Buffer.concat([frame(1, 'one'), frame(2, 'two'), frame(1, ''), frame(1, 'three')]);
  for (let size = 1; size <= all.length; size++) {
    const said = { stdout: '', stderr: '' };
    const read = outputReader(false, (stream, chunk) => {
      said[stream] += chunk.toString();
    });
    for (let at = 0; at < all.length; at += size) read(all.subarray(at, at + size));
    expect(said).toEqual({ stdout: 'onethree', stderr: 'two' });
  }
});

test('128 + n is a signal, any other code is the program’s', () => {
  expect(exitOf(0)).toEqual({ code: 0, signal: null });
  expect(exitOf(137)).toEqual({ code: null, signal: 'SIGKILL' });
  expect(exitOf(143)).toEqual({ code: null, signal: 'SIGTERM' });
  expect(exitOf(255)).toEqual({ code: 255, signal: null });
});

test('what a pull says adds up', () => {
  const sums = new PullSums();
  for (const line of [
    { status: 'Pulling from library/x', id: '1.0' },
    { status: 'Pulling fs layer', id: 'a' },
    { status: 'Downloading', id: 'a', progressDetail: { current: 5, total: 10 } },
    { status: 'Already exists', id: 'b' },
  ])
    sums.add(line);
  expect(sums.sums).toEqual({ layers: 2, layersDone: 1, bytes: 5, bytesTotal: 10 });
  sums.add({ status: 'Download complete', id: 'a' });
  sums.add({ status: 'Pull complete', id: 'a' });
  expect(sums.sums).toEqual({ layers: 2, layersDone: 2, bytes: 10, bytesTotal: 10 });
});

test('names of images: registry and tag', () => {
  expect(['redis', 'me/app:1', 'localhost/x', 'r.test:5000/x', 'ghcr.io/a/b'].map(registryOf)).toEqual([
    'docker.io',
    'docker.io',
    'localhost',
    'r.test:5000',
    'ghcr.io',
  ]);
  expect(['redis', 'r.test:5000/x', 'a:1', 'a@sha256:0'].map(withTag)).toEqual([
    'redis:latest',
    'r.test:5000/x:latest',
    'a:1',
    'a@sha256:0',
  ]);
});

test('why an image cannot be had, with what to do', () => {
  const hint = (message: string) => imageFailed('r.test/x:1', 'web', undefined, new Error(message)).hint;
  expect(hint('manifest for r.test/x:1 not found: manifest unknown')).toBe('check its name and tag');
  expect(hint('pull access denied for r.test/x')).toContain('docker login r.test');
  expect(hint('dial tcp: lookup r.test: no such host')).toContain('check the network');
  expect(hint('no matching manifest for linux/arm64 in the manifest list entries')).toContain('platform: linux/amd64');
});

test('an engine that is away is told from one that refuses', () => {
  expect(isLost(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toBe(true);
  expect(isLost(new Error('socket hang up'))).toBe(true);
  expect(isLost(Object.assign(new Error('no such container'), { statusCode: 404 }))).toBe(false);
});

test('a Dockerfile asks for BuildKit by what it uses', () => {
  expect(needsBuildKit('# syntax=docker/dockerfile:1\nFROM a')).toBe(true);
  expect(needsBuildKit('FROM a\nRUN --mount=type=cache,target=/x y')).toBe(true);
  expect(needsBuildKit('FROM a\nRUN <<EOF\nx\nEOF')).toBe(true);
  expect(needsBuildKit('FROM a\nCOPY --chown=1:1 a b\nRUN npm ci')).toBe(false);
});

test('users by number; figures without what can be dropped', () => {
  expect([numericIds(''), numericIds('1000'), numericIds('5:6'), numericIds('node')]).toEqual([
    { uid: 0, gid: 0 },
    { uid: 1000, gid: 0 },
    { uid: 5, gid: 6 },
    null,
  ]);
  const memory = { usage: 100, stats: { inactive_file: 30 } };
  expect(usageOf({ cpu_stats: { cpu_usage: { total_usage: 2e9 } }, memory_stats: memory })).toEqual({
    cpuSeconds: 2,
    memoryBytes: 70,
  });
  expect(usageOf({})).toBeNull();
});

describe('a firewall of this machine', () => {
  const range = { base: parseSubnet('172.18.0.0/16')!.base, size: 2 ** 16 };

  it.each([
    ['an open policy', '-P INPUT ACCEPT\n-P FORWARD DROP', false],
    ['a closed policy', '-P INPUT DROP\n-A INPUT -i lo -j ACCEPT', true],
    [
      'a last rule for everybody',
      '-P INPUT ACCEPT\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp',
      true,
    ],
    ['answers only', '-P INPUT DROP\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', true],
    ['one port', '-P INPUT DROP\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT', true],
    ['the range', '-P INPUT DROP\n-A INPUT -s 172.16.0.0/12 -j ACCEPT', false],
    ['another range', '-P INPUT DROP\n-A INPUT -s 172.16.0.0/16 -j ACCEPT', true],
    ['the range, in a chain of its own', '-P INPUT DROP\n-A ufw-user-input -s 172.18.0.0/16 -j ACCEPT', false],
    ['the range, to be forwarded', '-P INPUT DROP\n-A FORWARD -s 172.18.0.0/16 -j ACCEPT', true],
    ['the bridges of engines', '-P INPUT DROP\n-A INPUT -i br-+ -j ACCEPT', false],
  ])('keeps containers out, or not: %s', (_, rules, expected) => {
    expect(keepsOut(rules, range)).toBe(expected);
  });

  it('ufw is told by its own files', () => {
    expect(isOn('# a comment\nENABLED=yes\n', 'DEFAULT_INPUT_POLICY="DROP"\n')).toBe(true);
    expect(isOn('ENABLED=yes\n', 'DEFAULT_INPUT_POLICY="ACCEPT"\n')).toBe(false);
    expect(isOn('ENABLED=no\n', '')).toBe(false);
    expect(isOn('', '')).toBe(false);
  });
});
