#!/usr/bin/env node
/**
 * A real service under remote control: an HTTP server on PORT that also connects to the rig's socket
 * (PUPPET_SOCKET), says what happens to it and does what it is told. Knows msvc only through its environment.
 *
 * Flags: --listen-later  --worker (never listens)  --port <n>  --unready  --ignore-term  --exit <code> (at once)
 *        --version-file <file> (read at start)  --say <line>
 * Paths: /healthz  /hold (until `release`)  /echo  /env  /call?service=B&path=/x (through B_URL)  /sse  any?ms=50 (slow)
 *        everything else answers who it is. A WebSocket upgrade echoes.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    'listen-later': { type: 'boolean' },
    worker: { type: 'boolean' },
    port: { type: 'string' },
    unready: { type: 'boolean' },
    'ignore-term': { type: 'boolean' },
    exit: { type: 'string' },
    'version-file': { type: 'string' },
    say: { type: 'string', multiple: true },
  },
});

const who = {
  service: process.env.MSVC_SERVICE ?? 'puppet',
  replica: Number(process.env.MSVC_REPLICA ?? 1),
  pid: process.pid,
  version: flags['version-file'] ? readFileSync(flags['version-file'], 'utf8').trim() : '',
};
const port = Number(flags.port ?? process.env.PORT ?? 0);
const state = { ready: !flags.unready, hanging: false, ignoreTerm: flags['ignore-term'] ?? false, requests: 0 };
const held = new Set();
const streams = new Set();

const control = process.env.PUPPET_SOCKET ? net.connect(process.env.PUPPET_SOCKET) : undefined;
control?.on('error', () => {});
const tell = (message) => control?.write(`${JSON.stringify(message)}\n`);
tell({ event: 'hello', ...who, port: port || null, instance: process.env.MSVC_INSTANCE ?? null });

for (const line of flags.say ?? []) writeSync(1, `${line}\n`);
if (flags.exit !== undefined) {
  await new Promise((resolve) => (control ? control.end(resolve) : resolve()));
  process.exit(Number(flags.exit));
}

const server = http.createServer((req, res) => void answer(req, res));
server.on('upgrade', (req, socket, head) => void upgrade(req, socket, head));

async function answer(req, res) {
  const url = new URL(req.url, 'http://puppet');
  if (url.pathname === '/healthz') {
    if (!state.hanging) res.writeHead(state.ready ? 200 : 503).end(state.ready ? 'ok' : 'not ready');
    return;
  }
  state.requests++;
  tell({ event: 'request', method: req.method, path: req.url });
  if (state.hanging) return;
  res.setHeader('x-puppet', `${who.service}.${who.replica} ${who.pid} ${who.version || '-'}`);
  if (url.searchParams.has('ms')) await new Promise((done) => setTimeout(done, Number(url.searchParams.get('ms'))));
  if (url.pathname === '/hold') await new Promise((done) => held.add(done));
  if (url.pathname === '/echo') return echo(req, res);
  if (url.pathname === '/env') return json(res, process.env);
  if (url.pathname === '/call') return call(url, res);
  if (url.pathname === '/sse') return sse(res);
  json(res, { ...who, requests: state.requests });
}

function json(res, value, status = 200) {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function echo(req, res) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const { method, url, rawHeaders } = req;
  json(res, { method, url, rawHeaders, headers: req.headers, body: Buffer.concat(chunks).toString('latin1') });
}

async function call(url, res) {
  const name = url.searchParams
    .get('service')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '_');
  try {
    const reply = await fetch(new URL(url.searchParams.get('path') ?? '/', process.env[`${name}_URL`]));
    json(res, { caller: who, status: reply.status, body: await reply.text() });
  } catch (error) {
    json(res, { caller: who, error: String(error.cause ?? error) }, 502);
  }
}

function sse(res) {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  res.flushHeaders();
  streams.add(res);
  res.on('close', () => {
    streams.delete(res);
    tell({ event: 'stream-closed' });
  });
}

async function upgrade(req, socket, head) {
  const { WebSocketServer } = await import('ws');
  new WebSocketServer({ noServer: true }).handleUpgrade(req, socket, head, (ws) => {
    ws.send(JSON.stringify(who));
    ws.on('message', (data, binary) => ws.send(data, { binary }));
  });
}

function listen() {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, process.env.HOST ?? '127.0.0.1', () => {
      tell({ event: 'listening', port: server.address().port });
      resolve(server.address().port);
    });
  });
}

function leak({ setsid = false, ignoreTerm = true } = {}) {
  const program = `${ignoreTerm ? "process.on('SIGTERM', () => {});" : ''} setInterval(() => {}, 1 << 30);`;
  const child = spawn(process.execPath, ['-e', `${program} process.send?.('up')`], {
    detached: setsid,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.unref();
  return new Promise((resolve) => {
    child.once('message', () => {
      child.disconnect();
      resolve(child.pid);
    });
  });
}

const actions = {
  listen,
  /** Its port is free afterwards. */
  unlisten: () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve(null)));
  },
  ready: ({ value }) => {
    state.ready = value;
  },
  /** Accepts connections and answers nothing, the probe included. */
  hang: ({ value }) => {
    state.hanging = value;
  },
  /** Blocks the event loop, as a real deadlock does: not even the control socket is served meanwhile. */
  block: ({ ms }) => {
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms), 1);
  },
  ignoreTerm: ({ value }) => {
    state.ignoreTerm = value;
  },
  exit: ({ code }) => {
    setImmediate(() => process.exit(code));
  },
  kill: ({ signal }) => {
    setImmediate(() => process.kill(process.pid, signal));
  },
  say: ({ line, stream = 'stdout' }) => {
    writeSync(stream === 'stdout' ? 1 : 2, `${line}\n`);
  },
  /** Bytes as they are, base64. */
  write: ({ bytes, stream = 'stdout' }) => {
    writeSync(stream === 'stdout' ? 1 : 2, Buffer.from(bytes, 'base64'));
  },
  flood: ({ lines, width = 100, stream = 'stdout' }) => {
    const out = stream === 'stdout' ? process.stdout : process.stderr;
    return new Promise((resolve) => {
      let block = '';
      for (let n = 1; n <= lines; n++) block += `${`${n} `.padEnd(width, 'x')}\n`;
      out.write(block, () => resolve(lines));
    });
  },
  push: ({ data }) => {
    for (const stream of streams) stream.write(`data: ${data}\n\n`);
    return streams.size;
  },
  release: () => {
    for (const done of held) done();
    held.clear();
  },
  leak,
  requests: () => state.requests,
};

if (control) {
  createInterface({ input: control }).on('line', async (line) => {
    const { id, action, ...options } = JSON.parse(line);
    try {
      tell({ id, result: (await actions[action](options)) ?? null });
    } catch (error) {
      tell({ id, error: String(error) });
    }
  });
}

process.on('SIGTERM', () => {
  tell({ event: 'signal', signal: 'SIGTERM' });
  if (state.ignoreTerm) return;
  const leave = () => process.exit(0);
  if (!server.listening) leave();
  server.close(leave);
  server.closeIdleConnections();
  for (const stream of streams) stream.end();
});

if (flags.worker) setInterval(() => {}, 1 << 30);
else if (!flags['listen-later']) await listen();
