/** A process of this machine that containers call: what things cost, and who asked. */
import { createServer } from 'node:http';

createServer((request, response) => {
  response.end(request.url === '/price' ? '42' : 'ok');
}).listen(Number(process.env.PORT), process.env.HOST);
