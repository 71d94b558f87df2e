import { once } from 'node:events';
import { createServer } from 'node:http';
import { createClient } from 'redis';
import { ClientReader } from '../../src/sessions/client.js';
import { loadSessionScripts } from '../../src/sessions/session-scripts.js';
import { announce } from './contestant.js';
import { idleSeconds, redisOptions } from './seeds.js';

// The least a check of this kind can be on Node: a bare server and one call of the script that usher's checks call, with the
// same arguments and the same reply. No signature, no deadline, no headers but the two that are needed, no log, no metrics.
const client = createClient({
  ...redisOptions(process.env['REDIS_URL'] ?? ''),
  RESP: 2,
  commandOptions: { timeout: 0 },
});
client.on('error', (error: Error) => console.error(error));
await client.connect();
const { sha } = loadSessionScripts().read;
await client.scriptLoad(loadSessionScripts().read.text);
const clients = new ClientReader('browser');
const times = [String((idleSeconds + 60) * 1000), '60000'];

const server = createServer((request, response) => {
  const { cookie = '', 'user-agent': userAgent = '' } = request.headers;
  const [tag = '', handle = '', verifier = ''] = cookie.slice(cookie.indexOf('=') + 1).split('.');
  const { client: browser, version } = clients.fingerprint(userAgent);
  const args = ['EVALSHA', sha, '1', `{${tag}}`, handle, verifier, `c${browser}`, String(version), '1', ...times, ''];
  client.sendCommand<unknown[]>(args).then(
    (reply) => {
      if (!Array.isArray(reply) || reply[0] !== 1) {
        response.writeHead(401, { 'Content-Length': 0 }).end();
        return;
      }
      const [, seenAt, expiresAt, , fixed, person] = reply;
      const body = `{"user":${person},"session":${JSON.stringify(fixed)},"lastSeenAt":${seenAt},"expiresAt":${expiresAt}}`;
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
