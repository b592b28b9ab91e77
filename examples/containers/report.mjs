/** A process of this machine that calls containers and a process, and puts together what they say; a POST goes to the store. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const { PORT, HOST, WEB_URL, STORE_URL, PRICES_URL } = process.env;
const ask = async (url, options) => (await fetch(url, options)).text().then((answer) => answer.trim());

createServer(async (request, response) => {
  try {
    if (request.method === 'POST') {
      await ask(`${STORE_URL}/cgi-bin/item`, { method: 'POST', body: await text(request) });
    }
    const [page, item, price] = await Promise.all([
      ask(`${WEB_URL}/cgi-bin/page`),
      ask(`${STORE_URL}/cgi-bin/item`),
      ask(`${PRICES_URL}/price`),
    ]);
    response.end(JSON.stringify({ page, item, price }));
  } catch (error) {
    response.writeHead(502).end(String(error.cause ?? error));
  }
}).listen(Number(PORT), HOST);
