/**
 * An API in the style of Express: handlers by method and path, configured by variables of its own choosing.
 *
 *   API_PORT=3000 UPSTREAM=http://localhost:5000 node index.js
 *
 * It has never heard of msvc. It is plain node:http so that the example needs nothing installed.
 */
import { createServer } from 'node:http';

const { API_PORT = '3000', UPSTREAM = 'http://localhost:5000' } = process.env;

const handlers = {
  'GET /status': async () => ({ up: true }),
  'GET /total': async () => {
    const accounts = await upstream('GET', '/accounts');
    return { total: Object.values(accounts).reduce((sum, balance) => sum + balance, 0) };
  },
  'POST /transfer': async ({ from, to, amount }) => ({
    ...(await upstream('POST', `/accounts/${from}`, { amount: -amount })),
    ...(await upstream('POST', `/accounts/${to}`, { amount })),
  }),
};

async function upstream(method, path, body) {
  const response = await fetch(UPSTREAM + path, { method, ...(body && { body: JSON.stringify(body) }) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  return response.json();
}

createServer(async (req, res) => {
  const reply = (status, body) =>
    res.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  const handler = handlers[`${req.method} ${req.url}`];
  if (!handler) return reply(404, { error: 'not found' });
  try {
    let text = '';
    for await (const chunk of req) text += chunk;
    reply(200, await handler(text === '' ? {} : JSON.parse(text)));
  } catch (error) {
    console.error(error.message);
    reply(502, { error: error.message });
  }
}).listen(API_PORT, () => console.log(`API on port ${API_PORT}, accounts at ${UPSTREAM}`));
