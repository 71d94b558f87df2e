import { once } from 'node:events';
import { createServer } from 'node:http';
import { createClient } from 'redis';
import { announce } from './contestant.js';
import { floorPrefix, floorScript, redisOptions } from './seeds.js';

// The least a stateful check can be on Node: a bare server and one script call that looks the session, its seat and its
// licence up, compares secret and client, and slides when that is due. No signature, no headers but the two that are needed.
const client = createClient({ ...redisOptions(process.env['REDIS_URL'] ?? ''), commandOptions: { timeout: 0 } });
client.on('error', (error: Error) => console.error(error));
await client.connect();
const sha = await client.scriptLoad(floorScript);

const server = createServer((request, response) => {
  const { cookie = '', 'user-agent': userAgent = '' } = request.headers;
  const [tag = '', handle = '', secret = ''] = cookie.slice(cookie.indexOf('=') + 1).split('.');
  client.sendCommand(['EVALSHA', sha, '1', floorPrefix + tag, handle, secret, userAgent]).then(
    (body) => {
      if (typeof body !== 'string') {
        response.writeHead(401, { 'Content-Length': 0 }).end();
        return;
      }
      response
        .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
        .end(body);
    },
    () => response.writeHead(503, { 'Content-Length': 0 }).end(),
  );
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
announce(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
process.on('SIGTERM', () => process.exit(0));
