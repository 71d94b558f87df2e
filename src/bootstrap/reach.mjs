import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, startRedis } from './embedded.mjs';
import { socketFolder } from './folders.mjs';
import { InUse } from './supervised.mjs';

/** How often it is looked whether the server that holds the folder answers by now. */
const TRIES = 3;

/** The Redis of a data folder: the one that runs there, or one of our own for as long as it is needed. Answers { url, stop() }. */
export function reachRedis(dataDir) {
  const socket = join(socketsOf(dataDir), 'redis.sock');
  return reach(socket, `unix://${socket}`, () => startRedis({ dataDir, restart: false }));
}

/** The Postgres of a data folder: as above. */
export function reachPostgres(dataDir) {
  const folder = socketsOf(dataDir);
  const url = `postgres://usher@localhost/usher?host=${encodeURIComponent(folder)}`;
  return reach(join(folder, '.s.PGSQL.5432'), url, async () => {
    const server = await startPostgres({ dataDir, restart: false });
    return { url: server.url(), stop: () => server.stop() };
  });
}

function socketsOf(dataDir) {
  const home = resolve(dataDir);
  mkdirSync(home, { recursive: true });
  return socketFolder(home);
}

async function reach(socket, url, start) {
  for (let left = TRIES; ; left--) {
    if (await answers(socket)) return { url, stop: async () => {} };
    try {
      return await start();
    } catch (error) {
      // Somebody else began at the same moment and will answer soon.
      if (!(error instanceof InUse) || left === 0) throw error;
      await sleep(300);
    }
  }
}

function answers(socket) {
  return new Promise((done) => {
    const link = connect({ path: socket });
    link.once('connect', () => {
      link.destroy();
      done(true);
    });
    link.once('error', () => done(false));
  });
}
