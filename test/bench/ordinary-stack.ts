import { once } from 'node:events';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import helmet from 'helmet';
import { createClient } from 'redis';
import { announce } from './contestant.js';
import { idleSeconds, type OrdinarySession, ordinaryPrefix, redisOptions, seatsKey } from './seeds.js';

// What a careful team builds from the usual packages, with their usual settings: the session is read by connect-redis, rolls
// on each request, and its seat moves in a sorted set.
declare module 'express-session' {
  interface SessionData extends Partial<Omit<OrdinarySession, 'cookie'>> {}
}

const client = createClient(redisOptions(process.env['REDIS_URL'] ?? ''));
client.on('error', (error: Error) => console.error(error));
await client.connect();

const app = express();
app.use(helmet());
app.use(
  session({
    store: new RedisStore({ client, prefix: ordinaryPrefix, ttl: idleSeconds }),
    secret: process.env['SESSION_SECRETS'] ?? '',
    name: 'sid',
    resave: false,
    saveUninitialized: false,
    rolling: true,
    cookie: { maxAge: idleSeconds * 1000, httpOnly: true, sameSite: 'lax' },
  }),
);
app.get('/whoami', async (request, response) => {
  const { user, licence, createdAt } = request.session;
  if (user === undefined || licence === undefined) {
    response.status(401).json({ error: 'not signed in' });
    return;
  }
  const expiresAt = Date.now() + idleSeconds * 1000;
  await client.zAdd(seatsKey(licence.id), { score: expiresAt, value: request.sessionID });
  response.set('Cache-Control', 'no-store');
  response.json({ user, licence, session: { createdAt, expiresAt: new Date(expiresAt).toISOString() } });
});

const server = app.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
announce(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`);
process.on('SIGTERM', () => process.exit(0));
