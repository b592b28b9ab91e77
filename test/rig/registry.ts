/**
 * A registry of images on loopback: serves images made here by the distribution API, with Basic authentication, and tells
 * what it was asked. Engines take a registry on 127.0.0.0/8 without TLS.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-fs';
import { busyboxFile } from './containers.ts';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const CONFIG = 'application/vnd.docker.container.image.v1+json';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

export interface RegistryOptions {
  /** Absent: everybody may pull. */
  readonly user?: { readonly name: string; readonly password: string };
}

interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export class TestRegistry {
  /** `GET /v2/box/manifests/1`, in order. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifests = new Map<string, { readonly type: string; readonly bytes: Buffer }>();
  #held: Promise<void> = Promise.resolve();

  private constructor({ user }: RegistryOptions) {
    const expected = user && `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
    this.#server = createServer((request, response) => {
      if (expected !== undefined && request.headers.authorization !== expected) {
        response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"', 'Content-Type': 'application/json' });
        response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }));
        return;
      }
      this.asked.push(`${request.method} ${request.url}`);
      void this.#answer(request, response);
    });
  }

  static async open(options: RegistryOptions = {}): Promise<TestRegistry> {
    const registry = new TestRegistry(options);
    registry.#server.listen(0, '127.0.0.1');
    await once(registry.#server, 'listening');
    return registry;
  }

  /** `127.0.0.1:40123` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  manifestsAsked(): number {
    return this.asked.filter((line) => / .*\/manifests\//.test(line)).length;
  }

  /** Layers come half, and the rest when the returned function is called. */
  holdLayers(): () => void {
    let go = (): void => {};
    this.#held = new Promise((resolve) => {
      go = resolve;
    });
    return go;
  }

  /** @param name `box:1`. A busybox and so many bytes that do not compress. */
  async put(name: string, { architecture = 'amd64', bytes = 1_000 } = {}): Promise<void> {
    const layers = [await busyboxLayer(), await fileLayer('filler', randomBytes(bytes))];
    const config = this.#keep(
      Buffer.from(
        JSON.stringify({
          architecture,
          os: 'linux',
          config: { Env: ['PATH=/bin'], Cmd: ['sleep', '600'] },
          rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
          history: layers.map(() => ({ created_by: 'a test' })),
        }),
      ),
    );
    const described = (blob: Blob, mediaType: string) => ({ mediaType, size: blob.bytes.length, digest: blob.digest });
    const manifest = this.#keep(
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MANIFEST,
          config: described(config, CONFIG),
          layers: layers.map(({ zipped }) => described(this.#keep(zipped), LAYER)),
        }),
      ),
    );
    const list = this.#keep(
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: LIST,
          manifests: [{ ...described(manifest, MANIFEST), platform: { architecture, os: 'linux' } }],
        }),
      ),
    );
    const [repository, tag] = name.split(':') as [string, string];
    this.#manifests.set(`${repository}/${tag}`, { type: LIST, bytes: list.bytes });
    this.#manifests.set(`${repository}/${list.digest}`, { type: LIST, bytes: list.bytes });
    this.#manifests.set(`${repository}/${manifest.digest}`, { type: MANIFEST, bytes: manifest.bytes });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer({ url = '', method }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, repository, kind, reference] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url) ?? [];
    if (url === '/v2/') return void response.writeHead(200).end('{}');
    if (kind === 'manifests') {
      const found = this.#manifests.get(`${repository}/${reference}`);
      if (!found) return notFound(response, 'MANIFEST_UNKNOWN', 'manifest unknown');
      const head = { 'Content-Type': found.type, 'Content-Length': found.bytes.length };
      response.writeHead(200, { ...head, 'Docker-Content-Digest': digestOf(found.bytes) });
      return void response.end(method === 'HEAD' ? undefined : found.bytes);
    }
    const blob = this.#blobs.get(reference ?? '');
    if (!blob) return notFound(response, 'BLOB_UNKNOWN', 'blob unknown to registry');
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': blob.length });
    const half = Math.floor(blob.length / 2);
    response.write(blob.subarray(0, half));
    // Configurations are small; layers are what takes its time.
    if (blob.length > 100_000) await this.#held;
    response.end(blob.subarray(half));
  }

  #keep(bytes: Buffer): Blob {
    const digest = digestOf(bytes);
    this.#blobs.set(digest, bytes);
    return { digest, bytes };
  }
}

interface Layer {
  readonly diffId: string;
  readonly zipped: Buffer;
}

async function busyboxLayer(): Promise<Layer> {
  return layerOf((root) => {
    mkdirSync(path.join(root, 'bin'));
    copyFileSync(busyboxFile()!, path.join(root, 'bin/busybox'));
    for (const applet of ['sh', 'sleep', 'echo']) symlinkSync('busybox', path.join(root, 'bin', applet));
  });
}

function fileLayer(name: string, content: Buffer): Promise<Layer> {
  return layerOf((root) => writeFileSync(path.join(root, name), content));
}

async function layerOf(fill: (root: string) => void): Promise<Layer> {
  const root = mkdtempSync(path.join(tmpdir(), 'msvc-layer-'));
  try {
    fill(root);
    const tar = await buffer(pack(root));
    return { diffId: digestOf(tar), zipped: gzipSync(tar, { level: 1 }) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function notFound(response: ServerResponse, code: string, message: string): void {
  response.writeHead(404, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}
