/** `gateway.auth`: keys and tokens that are real ones, headers that nobody can forge, keys that rotate or cannot be had. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect as connect2 } from 'node:http2';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AuthTable } from '../../../src/gateway/protocol.ts';
import type { RouteAuth } from '../../../src/model/route.ts';
import { answer, GatewayRig, onCleanup, route } from './rig/gateway-rig.ts';

type Provider = AuthTable['providers'][number];
type Jwt = Extract<Provider, { kind: 'jwt' }>;

const KEYS: Provider = {
  kind: 'api-key',
  name: 'partners',
  header: 'X-API-Key',
  clients: { [createHash('sha256').update('open sesame').digest('hex')]: 'acme' },
  forward: { sub: 'X-Auth-Subject' },
};

let pair: Awaited<ReturnType<typeof generateKeyPair>>;
let other: Awaited<ReturnType<typeof generateKeyPair>>;
beforeAll(async () => {
  pair = await generateKeyPair('ES256', { extractable: true });
  other = await generateKeyPair('ES256', { extractable: true });
});

async function jwks(...pairs: (readonly [string, typeof pair])[]): Promise<string> {
  const keys = await Promise.all(
    pairs.map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid, alg: 'ES256' })),
  );
  return JSON.stringify({ keys });
}

function sign(claims: JWTPayload, { kid = 'one', key = pair, lifetime = 60 } = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: 'https://login.test', aud: 'shop', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setIssuedAt(now)
    .setExpirationTime(now + lifetime)
    .sign(key.privateKey);
}

function folder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'msvc-auth-'));
  onCleanup(() => rmSync(dir, { recursive: true }));
  return dir;
}

function staff(keys: Jwt['keys'], more: Partial<Jwt> = {}): Jwt {
  return {
    kind: 'jwt',
    name: 'staff',
    keys,
    issuer: 'https://login.test',
    audience: ['shop'],
    algorithms: ['ES256'],
    clockToleranceMs: 1000,
    forward: { sub: 'X-User', roles: 'X-Roles', name: 'X-Name' },
    ...more,
  };
}

const by = (provider: string, require: RouteAuth['require'] = {}): { auth: RouteAuth } => ({
  auth: { provider, require },
});

async function open(providers: readonly Provider[], more: { default?: string } = {}) {
  const rig = await GatewayRig.open(
    {},
    {
      routes: [
        route('app', '/keys', by('partners')),
        route('app', '/staff', by('staff')),
        route('app', '/admin', by('staff', { roles: ['admin', 'owner'] })),
        route('app', '/write', by('staff', { scope: ['orders:write'] })),
        route('app', '/open'),
      ],
      serviceHosts: { 'app.localhost': 'app', 'free.localhost': 'free' },
      auth: { ...more, providers },
    },
  );
  const backend = await rig.backend();
  const seen: string[] = [];
  backend.server.on('connection', (socket) => {
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
      // What comes in chunks is answered at its end, trailers and all.
      if (/^transfer-encoding: chunked/im.test(text) && !/\r\n0\r\n(?:.+\r\n)*\r\n$/.test(text)) return;
      seen.push(text);
      text = '';
      socket.write(answer(), 'latin1');
    });
  });
  const client = await rig.client();
  const ask = async (target: string, fields: Record<string, string> = {}, host = 'localhost') => {
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    const response = await client.send(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}\r\n`).response();
    return {
      status: response.status,
      challenge: response.fields.get('www-authenticate')?.join() ?? null,
      body: response.body,
    };
  };
  return { rig, ask, seen, client };
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

describe('API keys', () => {
  it('401 without one or with a wrong one, and the way in with a right one', async () => {
    const { ask, seen } = await open([KEYS]);
    const challenge = 'ApiKey realm="msvc", header="X-API-Key"';
    expect(await ask('/keys')).toMatchObject({ status: 401, challenge });
    expect(await ask('/keys', { 'X-API-Key': 'open says me' })).toMatchObject({ status: 401, challenge });
    expect(seen).toEqual([]);
    expect(await ask('/keys', { 'x-api-key': 'open sesame' })).toMatchObject({ status: 200, challenge: null });
    expect(seen[0]).toContain('\r\nX-Auth-Subject: acme\r\n');
  });

  it('what tells claims cannot be sent by a client, on no route and in no spelling', async () => {
    const { ask, seen, rig } = await open([KEYS]);
    const forged = {
      'X-Auth-Subject': 'root',
      x_auth_subject: 'root',
      'X-AUTH_SUBJECT': 'root',
      'X-Auth-Subject-Id': 'fine',
    };
    await ask('/open', forged);
    await ask('/keys', { ...forged, 'X-API-Key': 'open sesame' });
    expect(seen[0]).not.toMatch(/root/);
    expect(seen[0]).toContain('X-Auth-Subject-Id: fine');
    expect(seen[1]!.match(/subject:[^\r]*/gi)).toEqual(['Subject: acme']);
    // Services pass on what they were told.
    const edge = await rig.client(rig.edgePort);
    await edge.send('GET / HTTP/1.1\r\nHost: x\r\nX-Auth-Subject: acme\r\n\r\n').response();
    expect(seen[2]).toContain('X-Auth-Subject: acme');
  });

  it('nor as trailers, over HTTP/1.1 and HTTP/2', async () => {
    const { rig, seen, client } = await open([KEYS]);
    const forged = ['X-Auth-Subject', 'x_auth_subject', 'X-AUTH_SUBJECT'];
    const trailers = forged.map((name) => `${name}: root\r\n`).join('');
    const body = `2\r\nhi\r\n0\r\nX-Sum: 1\r\n${trailers}X-Auth-Subject-Id: fine\r\n\r\n`;
    for (const target of ['/open', '/keys']) {
      const fields = 'Host: localhost\r\nX-API-Key: open sesame\r\nTransfer-Encoding: chunked\r\n';
      expect((await client.send(`POST ${target} HTTP/1.1\r\n${fields}\r\n${body}`).response()).status).toBe(200);
      expect(seen.splice(0).join('')).toMatch(/\r\n0\r\nX-Sum: 1\r\nX-Auth-Subject-Id: fine\r\n\r\n$/);
    }
    const session = connect2(`http://localhost:${rig.port}`);
    onCleanup(() => session.destroy());
    const request = { ':method': 'POST', ':path': '/keys', 'x-api-key': 'open sesame' };
    const stream = session.request(request, { waitForTrailers: true });
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'x-sum': '1', 'x-auth-subject': 'root', x_auth_subject: 'root' }),
    );
    stream.end('hi').resume();
    await once(stream, 'close');
    expect(seen.splice(0).join('')).toMatch(/\r\n0\r\nx-sum: 1\r\n\r\n$/);
    // Services pass on what they were told.
    const edge = await rig.client(rig.edgePort);
    await edge.send(`POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${body}`).response();
    expect(seen.join('')).toContain(`X-Sum: 1\r\n${trailers}`);
  });

  it("a service's own host name is no way around its routes, nor around the default", async () => {
    const { ask } = await open([KEYS]);
    expect((await ask('/keys/any', {}, 'app.localhost')).status).toBe(401);
    expect((await ask('/keys/any', { 'X-API-Key': 'open sesame' }, 'app.localhost')).status).toBe(200);
    expect((await ask('/anything', {}, 'app.localhost')).status).toBe(404);
    expect((await ask('/', {}, 'free.localhost')).status).toBe(503);
    const strict = await open([KEYS], { default: 'partners' });
    expect((await strict.ask('/', {}, 'free.localhost')).status).toBe(401);
  });
});

it('HTTP/2 is asked the same, and cannot forge either', async () => {
  const { rig, seen } = await open([KEYS]);
  const session = connect2(`http://localhost:${rig.port}`);
  onCleanup(() => session.destroy());
  const ask = async (path: string, fields: Record<string, string>) => {
    const stream = session.request({ ':path': path, ...fields });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    stream.resume();
    await once(stream, 'close');
    return headers;
  };
  const refused = await ask('/keys', {});
  expect([refused[':status'], refused['www-authenticate']]).toEqual([401, 'ApiKey realm="msvc", header="X-API-Key"']);
  expect((await ask('/keys', { 'x-api-key': 'open sesame', 'x-auth-subject': 'root' }))[':status']).toBe(200);
  expect((await ask('/open', { 'x-auth-subject': 'root' }))[':status']).toBe(200);
  expect(seen[0]!.match(/subject:[^\r]*/gi)).toEqual(['Subject: acme']);
  expect(seen[1]).not.toMatch(/root/);
});

describe('tokens', () => {
  it('a good one opens, and its claims are told', async () => {
    const file = path.join(folder(), 'jwks.json');
    writeFileSync(file, await jwks(['one', pair]));
    const { ask, seen } = await open([staff({ kind: 'file', path: file })]);
    const token = await sign({ sub: 'ada', roles: ['clerk', 'admin'], name: 'Ada Löve\r\nX-Evil: 1' });
    expect(await ask('/staff', { ...bearer(token), 'X-User': 'root' })).toMatchObject({ status: 200 });
    expect(seen[0]).toContain('\r\nX-User: ada\r\nX-Roles: clerk,admin\r\nX-Name: Ada L%C3%B6ve%0D%0AX-Evil: 1\r\n');
    expect(seen[0]).not.toContain('root');
    expect(seen[0]).toContain(`Authorization: Bearer ${token}`);
  });

  it('401 says why: RFC 6750', async () => {
    const file = path.join(folder(), 'jwks.json');
    writeFileSync(file, await jwks(['one', pair]));
    const { ask, seen } = await open([staff({ kind: 'file', path: file })]);
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"root","iss":"https://login.test","aud":"shop"}').toString('base64url')}.`;
    const hmac = await new SignJWT({ sub: 'root', iss: 'https://login.test', aud: 'shop' })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .sign(new TextEncoder().encode(JSON.stringify(await exportJWK(pair.publicKey)).padEnd(40)));
    const cases: [Record<string, string>, RegExp][] = [
      [{}, /^Bearer realm="msvc"$/],
      [{ Authorization: 'Basic YTpi' }, /error="invalid_request"/],
      [bearer('x.y'), /error="invalid_token"/],
      [bearer(unsigned), /error="invalid_(token|request)"/],
      [bearer(hmac), /error="invalid_token"/],
      [bearer(await sign({ sub: 'a' }, { lifetime: -60 })), /error="invalid_token", error_description="'exp'|exp/],
      [bearer(await sign({ sub: 'a', iss: 'https://evil.test' })), /iss/],
      [bearer(await sign({ sub: 'a', aud: 'bank' })), /aud/],
      [bearer(await sign({ sub: 'a' }, { key: other })), /signature/],
      [bearer(await sign({ sub: 'a' }, { kid: 'two' })), /error="invalid_token"/],
      [bearer(`${(await sign({ sub: 'a' })).slice(0, -4)}AAAA`), /signature/],
    ];
    for (const [fields, challenge] of cases) {
      const seenNow = await ask('/staff', fields);
      expect([seenNow.status, seenNow.challenge]).toEqual([401, expect.stringMatching(challenge)]);
    }
    expect(seen).toEqual([]);
  });

  it('a little late is forgiven, by the tolerance', async () => {
    const file = path.join(folder(), 'jwks.json');
    writeFileSync(file, await jwks(['one', pair]));
    const { ask } = await open([staff({ kind: 'file', path: file }, { clockToleranceMs: 30_000 })]);
    expect((await ask('/staff', bearer(await sign({ sub: 'a' }, { lifetime: -10 })))).status).toBe(200);
  });

  it('403 for who is known but may not', async () => {
    const file = path.join(folder(), 'jwks.json');
    writeFileSync(file, await jwks(['one', pair]));
    const { ask } = await open([staff({ kind: 'file', path: file })]);
    const clerk = bearer(await sign({ sub: 'ada', roles: ['clerk'], scope: 'orders:read orders:write' }));
    expect(await ask('/admin', clerk)).toMatchObject({
      status: 403,
      challenge: 'Bearer realm="msvc", error="insufficient_scope"',
    });
    expect((await ask('/write', clerk)).status).toBe(200);
    expect((await ask('/admin', bearer(await sign({ sub: 'eve', roles: 'owner' })))).status).toBe(200);
    expect((await ask('/admin', bearer(await sign({ sub: 'eve' })))).status).toBe(403);
  });

  it('a body that comes while the token is looked at is sent whole', async () => {
    const file = path.join(folder(), 'jwks.json');
    writeFileSync(file, await jwks(['one', pair]));
    const { client, seen } = await open([staff({ kind: 'file', path: file })]);
    const token = await sign({ sub: 'ada' });
    client.send(
      `POST /staff HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Length: 10\r\n\r\n`,
    );
    client.send('0123').send('456789');
    expect((await client.response()).status).toBe(200);
    expect(seen.join('')).toMatch(/\r\n\r\n0123456789$/);
  });

  it('a shared secret', async () => {
    const { ask } = await open([
      staff(
        { kind: 'secret', value: new TextEncoder().encode('a secret that is long enough') },
        { algorithms: ['HS256'] },
      ),
    ]);
    const token = (secret: string) =>
      new SignJWT({ sub: 'a', iss: 'https://login.test', aud: 'shop' })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(secret));
    expect((await ask('/staff', bearer(await token('a secret that is long enough')))).status).toBe(200);
    expect((await ask('/staff', bearer(await token('another secret, as long')))).status).toBe(401);
  });
});

describe('keys', () => {
  it('a file that is replaced is read again when a token names a new key', async () => {
    const file = path.join(folder(), 'jwks.json');
    const { ask } = await open([staff({ kind: 'file', path: file })]);
    const token = bearer(await sign({ sub: 'a' }));
    // Not there yet: nobody can tell, and that is no 401.
    expect(await ask('/staff', token)).toMatchObject({ status: 503, challenge: null });
    writeFileSync(file, await jwks(['one', pair]));
    expect((await ask('/staff', token)).status).toBe(200);
    const fresh = bearer(await sign({ sub: 'a' }, { kid: 'two', key: other }));
    expect((await ask('/staff', fresh)).status).toBe(401);
    writeFileSync(file, await jwks(['two', other]));
    utimesSync(file, new Date(), new Date(Date.now() + 5000));
    expect((await ask('/staff', fresh)).status).toBe(200);
  });

  it('a URL is fetched once for many, and a server that is down is 503', async () => {
    let fetched = 0;
    const server = createServer((_request, response) => {
      fetched++;
      void jwks(['one', pair]).then((text) => response.setHeader('content-type', 'application/json').end(text));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    onCleanup(() => void server.close().closeAllConnections());
    const { ask } = await open([staff({ kind: 'url', url: `http://127.0.0.1:${port}/jwks` })]);
    for (let i = 0; i < 5; i++)
      expect((await ask('/staff', bearer(await sign({ sub: `user-${i}` })))).status).toBe(200);
    expect(fetched).toBe(1);
    const down = await open([staff({ kind: 'url', url: 'http://127.0.0.1:1/jwks' })]);
    expect(await down.ask('/staff', bearer(await sign({ sub: 'a' })))).toMatchObject({ status: 503, challenge: null });
  });
});
